/**
 * Measures the cost of the letter's uses inside the guest with its clock, a line of JSON each.
 *
 * @module
 */
import { capture, parseFormat } from "../../capture/mod.ts";
import { loadFiles, type SharedBuffer } from "../../copy/mod.ts";
import { clockMs, openFile, usage } from "../../ffi/mod.ts";
import { manifestOf } from "../../handover/mod.ts";
import { restoreBuffers, snapshotBuffers } from "../../snapshot/mod.ts";

const MODEL = "/data/model.bin";
const PART_BYTES = 32n << 20n;
const CAMERA = "/dev/video0";
/** _IOWR('V', 39, int) */
const VIDIOC_S_INPUT = 0xc0045627n;
const HDMI = 3;

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

function tell(what: string, numbers: Record<string, unknown>): void {
  console.log(JSON.stringify({ what, ...numbers }));
}

function cpuMs(): number {
  const { userMs, systemMs } = usage();
  return userMs + systemMs;
}

async function snapshots(to: "udmabuf" | "dmabuf"): Promise<void> {
  const folder = `/data/snapshot-${to}`;
  const makeTask = async () => {
    const loaded = await loadFiles([MODEL], { to, splitBytes: PART_BYTES });
    const buffers: SharedBuffer[] = loaded.files.map(({ buffer }) => buffer);
    return { loaded, handed: { buffers, manifest: manifestOf(loaded.files) } };
  };
  const { loaded, handed } = await makeTask();
  {
    using _loaded = loaded;
    const before = cpuMs();
    const saved = await snapshotBuffers(handed, folder, { verify: false });
    const numbers = { ms: saved.elapsedMs, bytes: Number(saved.bytes), buffers: saved.buffers };
    tell("snapshot", { to, ...numbers, direct: saved.direct, cpuMsWithSums: cpuMs() - before });
  }
  const before = cpuMs();
  {
    using restored = await restoreBuffers(folder, { verify: false });
    tell("restore", {
      ...{ to, ms: restored.elapsedMs, direct: restored.direct, cpuMs: cpuMs() - before },
    });
  }
  using _restored = await restoreBuffers(folder);
  await Deno.remove(folder, { recursive: true });
}

async function captures(seconds: number, direct: boolean, buffer: "udmabuf" | "dmabuf") {
  const path = "/data/frames.raw";
  const start = clockMs();
  const { frames, dropped, bytes, cpuMs, failure, notes, ...rest } = await capture(CAMERA, path, {
    ...{ seconds, direct, format: parseFormat("1920x1080@30:YUYV"), buffer: { kind: buffer } },
  });
  tell("capture", {
    ...{ frames, dropped, bytes: Number(bytes), cpuMs, ms: clockMs() - start, notes },
    ...{ failure: failure?.message, buffer, direct: rest.direct, format: rest.format },
  });
  for (const name of [path, `${path}.jsonl`]) Deno.removeSync(name);
}

// The first one includes the compilation of the program.
for (const to of ["dmabuf", "dmabuf", "udmabuf"] as const) await snapshots(to);
if (Deno.args.includes("--camera")) {
  using device = openFile(CAMERA, { access: "read-write" });
  if (libc.symbols.ioctl(device.number, VIDIOC_S_INPUT, Int32Array.of(HDMI)) < 0) {
    throw new Error(`${CAMERA} has no HDMI input`);
  }
  const seconds = 8;
  // The first one includes the compilation of the program, and fills the caches of the filesystem.
  await captures(0.5, true, "udmabuf");
  for (
    const [direct, buffer] of [[true, "udmabuf"], [true, "dmabuf"], [false, "udmabuf"], [
      false,
      "dmabuf",
    ]] as const
  ) {
    await captures(seconds, direct, buffer).catch((error) =>
      tell("capture", { direct, buffer, error: String(error) })
    );
  }
}
