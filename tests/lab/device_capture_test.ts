import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  capture,
  type Captured,
  type CaptureOptions,
  type IndexedFrame,
  parseFormat,
} from "../../capture/mod.ts";
import { numberIn } from "../../copy/huge_pages.ts";
import { kernelRelease, SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors } from "../ffi/_fixtures.ts";
import { ifThere } from "../../base/if_there.ts";
import { faultyDisk, offsetOnDisk } from "./_device_mapper.ts";
import { PAGE, PATCHED, run } from "./_guest.ts";
import { mounted } from "./_mounts.ts";
import { CAMERAS, chooseInput, control, INPUTS } from "./_vivid.ts";

const PATH = "/data/frames.raw";

/** The part of the smallest frame that text reaches into. */
const LOWER = 0.85;

/** Captures, and checks that file and index agree; both are removed. */
async function captured(
  device: string,
  options: CaptureOptions,
  path = PATH,
): Promise<{ result: Captured; index: IndexedFrame[] }> {
  const before = openDescriptors();
  try {
    const result = await capture(device, path, options);
    const index = indexOf(result.indexPath);
    assertEquals(index.length, result.frames);
    assertNoneLeft(before);
    checkContent(index, path);
    return { result, index };
  } finally {
    for (const made of [path, `${path}.jsonl`]) Deno.removeSync(made);
  }
}

function indexOf(path: string): IndexedFrame[] {
  const lines = Deno.readTextFileSync(path).split("\n").filter(Boolean);
  return lines.map((line): IndexedFrame => JSON.parse(line));
}

function hasFrames(path: string): boolean {
  return (ifThere(() => Deno.statSync(path))?.size ?? 0) > 0;
}

/** vivid draws upright bars, and text at the top: the lowest lines of a frame are all the same. */
function checkContent(index: readonly IndexedFrame[], path: string): void {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  for (const { offset, bytes, planes = [{ offset, bytes }], lineBytes } of index) {
    for (const [i, plane] of planes.entries()) {
      assert(plane.offset + plane.bytes <= size, `${plane.offset} is beyond ${size}`);
      assertEquals(plane.offset % 512, 0);
      const data = new Uint8Array(plane.bytes);
      file.seekSync(plane.offset, Deno.SeekMode.Start);
      for (let at = 0; at < data.length;) at += file.readSync(data.subarray(at)) ?? data.length;
      const length = lineBytes[i]!;
      const last = data.subarray(-length);
      assert(new Set(last).size > 4, `the frame at ${plane.offset} has no bars`);
      for (let at = data.length - length; at > LOWER * data.length; at -= length) {
        const isSame = data.subarray(at, at + length).every((byte, i) => byte === last[i]);
        assert(isSame, `the lines at ${at} and at the end of ${plane.offset} differ`);
      }
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

Deno.test("capture() takes what it can store from, where nothing else is asked for", async () => {
  chooseInput(CAMERAS.single, INPUTS.hdmi);
  // Longer than a huge page.
  const format = parseFormat("1920x1080@30:YUYV");
  const { result } = await captured(CAMERAS.single, { frames: 5, format });
  assertEquals([result.frames, result.failure, result.direct], [5, null, true]);
});

/** Linux 6.11 and 6.12 map the first page of each huge page for all of its pages; the series mends it. */
const MAPS_WRONGLY = !PATCHED && /^6\.1[12]\./.test(kernelRelease());

/** The huge pages that files in memory have got since the kernel started. */
function hugePagesMade(): number {
  return numberIn(Deno.readTextFileSync("/proc/vmstat"), "thp_file_alloc");
}

for (const pages of ["thp", undefined] as const) {
  const which = pages === "thp" ? "of huge pages" : "of its own choice";
  Deno.test({
    name: `capture() stores whole frames out of udmabufs ${which}`,
    ignore: pages === "thp" && MAPS_WRONGLY,
    async fn() {
      chooseInput(CAMERAS.single, INPUTS.hdmi);
      const format = parseFormat("1920x1080@30:YUYV");
      const before = hugePagesMade();
      const { frames, failure, notes, indexPath } = await capture(CAMERAS.single, PATH, {
        ...{ frames: 3, format, buffer: { kind: "udmabuf", ...(pages && { pages }) } },
      });
      try {
        assertEquals([frames, failure, notes], [3, null, []]);
        assertEquals(hugePagesMade() > before, !MAPS_WRONGLY, "the ring has the wrong pages");
        // Longer than a huge page, whose pages have a line of all bars each.
        const data = Deno.readFileSync(PATH).subarray(0, 1920 * 1080 * 2);
        for (let at = 0; at < data.length; at += PAGE) {
          assert(
            data.subarray(at, at + PAGE).some((byte) => byte !== 0),
            `page ${at / PAGE} is empty`,
          );
        }
      } finally {
        for (const made of [PATH, indexPath]) Deno.removeSync(made);
      }
    },
  });
}

Deno.test("capture() finds what a camera takes that needs its memory in one piece", async () => {
  chooseInput(CAMERAS.contiguous, INPUTS.webcam);
  const format = parseFormat("640x360@30:YUYV");
  // Its memory is above 4 GiB, so the kernel maps a bounce buffer; vivid writes past that, by the CPU.
  const result = await capture(CAMERAS.contiguous, PATH, { frames: 5, format });
  try {
    assertEquals([result.frames, result.failure], [5, null]);
  } finally {
    for (const made of [PATH, result.indexPath]) Deno.removeSync(made);
  }
});

Deno.test({
  name: "capture() stores the bytes that a device has where the memory has others",
  // A stock udmabuf syncs no device's mapping.
  ignore: !PATCHED,
  async fn() {
    chooseInput(CAMERAS.contiguous, INPUTS.webcam);
    const format = parseFormat("640x360@30:YUYV");
    const buffer = { kind: "udmabuf" } as const;
    const { indexPath } = await capture(CAMERAS.contiguous, PATH, { frames: 3, format, buffer });
    try {
      // vivid's frames are in the memory, by the CPU; its bounce buffer still has the zeros of the beginning.
      assert(Deno.readFileSync(PATH).every((byte) => byte === 0), "a frame was not synced");
    } finally {
      for (const made of [PATH, indexPath]) Deno.removeSync(made);
    }
  },
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
      onProgress: ({ frames }) => frames >= 4 && control(CAMERAS.single, "dropped", 100),
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
  let isDamaged = false;
  const { result, index } = await captured(CAMERAS.single, {
    frames: 40,
    format: parseFormat("320x180@30:YUYV"),
    onProgress({ frames }) {
      if (isDamaged) return;
      isDamaged = frames > 0;
      // Space is reserved ahead, in one piece: the filesystem tells only where written blocks are.
      disk.damage(offsetOnDisk(PATH, 0) + 20 * 4096 * Math.floor(320 * 180 * 2 / 4096), 4096);
    },
  });
  disk.repair();
  assert(result.failure instanceof SystemError, String(result.failure));
  assertEquals(result.failure.code, "EIO");
  assert(index.length >= 3 && index.length < 40, `${index.length} frames`);
});

Deno.test("capture() on a disk that gets full says ENOSPC, and keeps what fits", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  using disk = mounted({ kind: "ext4", mkfs: ["mke2fs", "-q", "-t", "ext4"] });
  run("fallocate", "-l", "200M", `${disk.path}/filler`);
  const format = parseFormat("1280x720@30:YUYV");
  const { result, index } = await captured(CAMERAS.single, { format }, `${disk.path}/frames.raw`);
  // The file's, or the index's.
  assertMatch(String(result.failure), /ENOSPC|No space left/);
  assert(index.length > 20, `${index.length} frames`);
  await assertRejects(
    () => capture(CAMERAS.single, `${disk.path}/frames.raw`, { format, frames: 1000 }),
    SystemError,
    "ENOSPC",
  );
  assertEquals([...Deno.readDirSync(disk.path)].map(({ name }) => name).sort(), [
    "filler",
    "lost+found",
  ]);
});

Deno.test("Ctrl-C ends dmacopy capture with a file and an index that agree", async () => {
  chooseInput(CAMERAS.single, INPUTS.webcam);
  const args = ["capture", CAMERAS.single, PATH, "--format", "320x180@30:YUYV", "--json"];
  const child = new Deno.Command("dmacopy", { args, stdout: "piped", stderr: "piped" }).spawn();
  const output = child.output();
  try {
    while (!hasFrames(`${PATH}.jsonl`)) await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await output;
    const result = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([code, new TextDecoder().decode(stderr), result.failure], [0, "", null]);
    const index = indexOf(`${PATH}.jsonl`);
    assertEquals(index.length, result.frames);
    checkContent(index, PATH);
  } finally {
    for (const path of [PATH, `${PATH}.jsonl`]) Deno.removeSync(path);
  }
});

Deno.test("capture() of a camera that is unplugged ends in ENODEV, and keeps what it has", async () => {
  // The last test: vivid does not come back.
  const { result } = await captured(CAMERAS.planar, {
    format: parseFormat("320x180@30:NM12"),
    onProgress: ({ frames }) => frames >= 4 && control(CAMERAS.planar, "disconnect", 1),
  });
  assert(result.failure instanceof SystemError, String(result.failure));
  assertEquals([result.failure.code, result.frames >= 4], ["ENODEV", true]);
});
