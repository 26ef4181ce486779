import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { CaptureOptions } from "../../capture/mod.ts";
import { formatText, type IndexedFrame, parseFormat } from "../../capture/mod.ts";
import { record } from "../../capture/record.ts";
import type { RingPlace } from "../../capture/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors } from "../ffi/_fixtures.ts";
import { fakeCamera, type FakeOptions, unplugged } from "./_fake_camera.ts";

/** A host need not have dma-bufs. */
const MEMFD = { kind: "memfd" } as unknown as RingPlace;
const BYTES = 10_000;

/** Records a camera of a test's, and checks that file and index agree. */
async function recorded(camera: FakeOptions, options: CaptureOptions = {}, dir = "/var/tmp") {
  const before = openDescriptors();
  const folder = await Deno.makeTempDir({ dir, prefix: "dmacopy-test-" });
  const path = `${folder}/frames.raw`;
  try {
    const result = await record(fakeCamera(camera), path, { buffer: MEMFD, ring: 3, ...options });
    const data = await Deno.readFile(path);
    const lines = (await Deno.readTextFile(`${path}.jsonl`)).split("\n").filter(Boolean);
    const index = lines.map((line): IndexedFrame => JSON.parse(line));
    for (const { sequence, offset, bytes, planes = [{ offset, bytes }] } of index) {
      for (const plane of planes) {
        const content = data.subarray(plane.offset, plane.offset + plane.bytes);
        assertEquals(content, new Uint8Array(plane.bytes).fill(sequence));
      }
    }
    assertEquals(index.length, result.frames);
    return { result, index, fileBytes: data.length };
  } finally {
    await Deno.remove(folder, { recursive: true });
    assertNoneLeft(before);
  }
}

const endless = () => Array.from({ length: 200 }, () => ({}));

Deno.test("record() stores each frame at a multiple of the disk's block, and tells where", async () => {
  const { result, index, fileBytes } = await recorded(
    { planeBytes: [BYTES], frames: endless() },
    { frames: 20 },
  );
  assertEquals([result.frames, result.dropped, result.failure], [20, 0, null]);
  assertEquals(index.map(({ sequence }) => sequence), Array.from({ length: 20 }, (_, i) => i));
  const stride = index[1]!.offset;
  assertEquals(stride % 512, 0);
  assertEquals([index.map(({ offset }) => offset / stride), fileBytes], [
    Array.from({ length: 20 }, (_, i) => i),
    20 * stride,
  ]);
  assertEquals(index[0]?.format, "2x2@30:TEST");
});

Deno.test("record() stores frames of several planes", async () => {
  const { index } = await recorded(
    { planeBytes: [BYTES, BYTES / 2], frames: endless() },
    { frames: 5 },
  );
  assertEquals(
    index.map(({ planes, bytes }) => [planes?.length, bytes]),
    Array(5).fill([2, 15_000]),
  );
});

Deno.test("record() packs frames that are shorter than they may be", async () => {
  const frames = [100, 9000, 0, 5].map((bytes) => ({ planes: [{ offset: 0, bytes }] }));
  const { index } = await recorded({ planeBytes: [BYTES], frames }, { frames: 4 });
  assertEquals(index.map(({ bytes }) => bytes), [100, 9000, 0, 5]);
});

Deno.test("record() counts what the driver dropped and damaged", async () => {
  const sequences = [4294967289, 4294967290, 4294967294, 4294967295, 1, 1];
  const frames = sequences.map((sequence, i) => ({ sequence, isDamaged: i === 3 }));
  const { result } = await recorded({ planeBytes: [0], frames }, { frames: 5 });
  assertEquals([result.frames, result.damaged], [5, 1]);
  // Three, and one where the count begins again; a number that is given twice is not a leap.
  assertEquals(result.dropped, 3 + 1);
});

Deno.test("record() ends after seconds of the frames' own time", async () => {
  const { result } = await recorded({ planeBytes: [BYTES], frames: endless() }, { seconds: 0.5 });
  assertEquals([result.frames, result.failure], [16, null]);
});

Deno.test("record() keeps what it has when the device is unplugged, stalls or is stopped", async () => {
  const some = [{}, {}, {}];
  const gone = await recorded({ planeBytes: [BYTES], frames: [...some, unplugged()] });
  assertEquals([gone.result.frames, (gone.result.failure as SystemError).code], [3, "ENODEV"]);
  const stalled = await recorded({ planeBytes: [BYTES], frames: [...some, null] }, {
    patienceMs: 20,
  });
  assertEquals(stalled.result.frames, 3);
  assertEquals(stalled.result.failure?.message, "the device sent no frame for 0.02 s");
  const stop = new AbortController();
  const stopped = await recorded({ planeBytes: [BYTES], frames: [...some, null] }, {
    signal: stop.signal,
    onProgress: ({ frames }) => frames === 3 && stop.abort(),
  });
  assertEquals([stopped.result.frames, stopped.result.failure], [3, null]);
});

Deno.test("record() leaves nothing where not one frame came", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    const camera = fakeCamera({ planeBytes: [1], frames: [unplugged()] });
    await assertRejects(
      () => record(camera, `${folder}/a`, { buffer: MEMFD }),
      SystemError,
      "ENODEV",
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("record() refuses a file or an index that is there, and leaves it as it is", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    const path = `${folder}/a`;
    for (const [there, left] of [[path, ["a"]], [`${path}.jsonl`, ["a.jsonl"]]] as const) {
      Deno.writeTextFileSync(there, "mine");
      const camera = fakeCamera({ planeBytes: [1], frames: [] });
      await assertRejects(() => record(camera, path, { buffer: MEMFD }), Error, "xist");
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), [...left]);
      assertEquals(Deno.readTextFileSync(there), "mine");
      Deno.removeSync(there);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("parseFormat() reads a format, or parts of it", () => {
  const nothing = { width: undefined, height: undefined, rate: undefined, fourcc: undefined };
  assertEquals(parseFormat("1920x1080@59.94:YUYV"), {
    ...{ width: 1920, height: 1080, rate: 59.94, fourcc: "YUYV" },
  });
  assertEquals(parseFormat("640x480"), { ...nothing, width: 640, height: 480 });
  assertEquals(parseFormat(":MJPG"), { ...nothing, fourcc: "MJPG" });
  assertEquals(parseFormat("@30"), { ...nothing, rate: 30 });
  for (const text of ["", "1920", "0x480", "640x480@0", "640x480:", "640x480:YUYV2", "x", "@"]) {
    assertThrows(() => parseFormat(text), TypeError, "write it as 1920x1080@60:YUYV");
  }
  const format = { width: 2, height: 3, fourcc: "GREY", planes: [] };
  assertEquals(formatText(format, 30), "2x3@30:GREY");
  assertEquals(formatText(format, null), "2x3:GREY");
});
