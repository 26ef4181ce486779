import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  capture,
  type Captured,
  type CaptureOptions,
  type IndexedFrame,
  parseFormat,
} from "../../capture/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors } from "../ffi/_fixtures.ts";
import { faultyDisk, offsetOnDisk } from "./_device_mapper.ts";
import { PATCHED } from "./_guest.ts";
import { CAMERAS, chooseInput, control, INPUTS } from "./_vivid.ts";

const PATH = "/data/frames.raw";

/** Captures, and checks that file and index agree; both are removed. */
async function captured(
  device: string,
  options: CaptureOptions,
): Promise<{ result: Captured; index: IndexedFrame[] }> {
  const before = openDescriptors();
  try {
    const result = await capture(device, PATH, options);
    const lines = Deno.readTextFileSync(result.indexPath).split("\n").filter(Boolean);
    const index = lines.map((line): IndexedFrame => JSON.parse(line));
    assertEquals(index.length, result.frames);
    assertNoneLeft(before);
    checkContent(index);
    return { result, index };
  } finally {
    for (const path of [PATH, `${PATH}.jsonl`]) Deno.removeSync(path);
  }
}

/** vivid draws a pattern of bars: no frame is empty, and all have the same bars. */
function checkContent(index: readonly IndexedFrame[]): void {
  using file = Deno.openSync(PATH);
  const { size } = file.statSync();
  for (const { offset, bytes, planes = [{ offset, bytes }] } of index) {
    for (const plane of planes) {
      assert(plane.offset + plane.bytes <= size, `${plane.offset} is beyond ${size}`);
      assertEquals(plane.offset % 512, 0);
      const row = new Uint8Array(64);
      file.seekSync(plane.offset + Math.floor(plane.bytes / 2), Deno.SeekMode.Start);
      file.readSync(row);
      assert(row.some((byte) => byte !== 0), `the frame at ${plane.offset} is empty`);
    }
  }
}

for (const kind of ["udmabuf", "dmabuf"] as const) {
  for (const camera of ["single", "planar"] as const) {
    Deno.test(`capture() stores frames of a ${camera} camera out of a ring of ${kind}s`, async () => {
      chooseInput(CAMERAS[camera], INPUTS.webcam);
      const format = parseFormat(camera === "single" ? "640x360@30:YUYV" : "640x360@30:NM12");
      const { result, index } = await captured(CAMERAS[camera], {
        ...{ frames: 12, format, buffer: { kind } },
      });
      assertEquals([result.frames, result.failure, result.buffer], [12, null, kind]);
      const direct = kind === "udmabuf" || PATCHED;
      assertEquals(result.direct, direct, result.notes.join("; "));
      assertEquals(index[0]?.planes?.length, camera === "planar" ? 2 : undefined);
      assertEquals(index[0]?.bytes, camera === "single" ? 640 * 360 * 2 : 640 * 360 * 3 / 2);
      const times = index.map(({ timestampNs }) => timestampNs);
      assertEquals(times.toSorted((a, b) => a - b), times);
    });
  }
}

Deno.test("capture() finds what a camera takes that needs its memory in one piece", async () => {
  chooseInput(CAMERAS.contiguous, INPUTS.webcam);
  const format = parseFormat("640x360@30:YUYV");
  const { result } = await captured(CAMERAS.contiguous, { frames: 5, format });
  assertEquals([result.frames, result.failure], [5, null]);
});

Deno.test("capture() takes the timings of an HDMI input, and ends after seconds", async () => {
  chooseInput(CAMERAS.single, INPUTS.hdmi);
  const format = parseFormat("640x480:YUYV");
  const { result } = await captured(CAMERAS.single, { seconds: 0.5, format });
  assertMatch(result.format, /^640x480@\d.*:YUYV$/);
  assert(result.frames > 2 && result.failure === null, `${result.frames}`);
});

Deno.test("capture() refuses a format that the camera lacks, and what is no camera", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  const refuses = (device: string, format: string, message: string) =>
    assertRejects(() => capture(device, PATH, { format: parseFormat(format) }), Error, message);
  await refuses(CAMERAS.single, "641x361:YUYV", "doesn't have that format: it offers");
  await refuses(CAMERAS.single, ":NOPE", "doesn't have that format: it offers");
  await refuses("/dev/null", ":YUYV", "/dev/null is not a video device");
  await refuses("/dev/video99", ":YUYV", "ENOENT");
  assertEquals([...Deno.readDirSync("/data")].some(({ name }) => name.startsWith("frames")), false);
});

Deno.test("capture() counts what vivid drops", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  control(CAMERAS.single, "dropped", 50);
  try {
    const { result, index } = await captured(CAMERAS.single, {
      frames: 20,
      format: parseFormat("320x180@60:YUYV"),
    });
    const span = index.at(-1)!.sequence - index[0]!.sequence + 1;
    assert(result.dropped > 0, "vivid dropped none");
    assertEquals(result.dropped, span - 20);
  } finally {
    control(CAMERAS.single, "dropped", 0);
  }
});

Deno.test("capture() of a camera that stalls ends, and keeps what it has", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  try {
    const { result } = await captured(CAMERAS.single, {
      patienceMs: 1500,
      format: parseFormat("320x180@30:YUYV"),
      onProgress: ({ frames }) => frames === 4 && control(CAMERAS.single, "dropped", 100),
    });
    assertMatch(String(result.failure?.message), /sent no frame for 1.5 s/);
    assert(result.frames >= 4);
  } finally {
    control(CAMERAS.single, "dropped", 0);
  }
});

Deno.test("capture() on a disk that fails says EIO, and the index has what is stored", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  using disk = faultyDisk();
  const { result, index } = await captured(CAMERAS.single, {
    frames: 40,
    format: parseFormat("320x180@30:YUYV"),
    onProgress({ frames }) {
      if (frames !== 3) return;
      // Space is reserved ahead, in one piece: the filesystem tells only where written blocks are.
      disk.damage(offsetOnDisk(PATH, 0) + 20 * 4096 * Math.floor(320 * 180 * 2 / 4096), 4096);
    },
  });
  disk.repair();
  assert(result.failure instanceof SystemError, String(result.failure));
  assertEquals(result.failure.code, "EIO");
  assert(index.length >= 3 && index.length < 40, `${index.length} frames`);
});

Deno.test("capture() of a camera that is unplugged ends in ENODEV, and keeps what it has", async () => {
  // The last test: vivid does not come back.
  const { result } = await captured(CAMERAS.planar, {
    format: parseFormat("320x180@30:NM12"),
    onProgress: ({ frames }) => frames === 4 && control(CAMERAS.planar, "disconnect", 1),
  });
  assert(result.failure instanceof SystemError, String(result.failure));
  assertEquals([result.failure.code, result.frames >= 4], ["ENODEV", true]);
});
