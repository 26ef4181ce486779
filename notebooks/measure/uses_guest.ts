/**
 * Measures the cost of the letter's uses inside the guest with its clock, as JSON in `measured.json`:
 * `snapshots`, or `captures` (which need the kernel with devices).
 *
 * @module
 */
import { capture, parseFormat } from "../../capture/mod.ts";
import { loadFiles, type SharedBuffer } from "../../copy/mod.ts";
import { openFile, usage } from "../../ffi/mod.ts";
import { manifestOf } from "../../handover/mod.ts";
import { restoreBuffers, snapshotBuffers } from "../../snapshot/mod.ts";
import type { CaptureCost, SnapshotCost } from "./uses.ts";

const MODEL = "/data/model.bin";
const PART_BYTES = 32n << 20n;
const CAMERA = "/dev/video0";
const FRAMES = "/data/frames.raw";
const BASELINE = "/job/mmap_capture";
/** _IOWR('V', 39, int) */
const VIDIOC_S_INPUT = 0xc0045627n;
const HDMI = 3;
const SECONDS = 10;
/** Frames a second: what vivid can make with the model's CPU, and what is asked of a camera. */
const [RATE, HIGH_RATE] = [30, 60];

function cpuMs(): number {
  const { userMs, systemMs } = usage();
  return userMs + systemMs;
}

/** Of one kind of buffers; the first one of a program has its code compiled. */
async function snapshots(to: "udmabuf" | "dmabuf"): Promise<SnapshotCost> {
  const folder = `/data/snapshot-${to}`;
  const saved = await saved1GiB(to, folder);
  const before = cpuMs();
  {
    using restored = await restoreBuffers(folder, { verify: false });
    const { elapsedMs: ms, direct } = restored;
    const cost = { to, save: saved, restore: { ms, direct, cpuMs: cpuMs() - before } };
    using _compared = await restoreBuffers(folder);
    await Deno.remove(folder, { recursive: true });
    return cost;
  }
}

async function saved1GiB(to: "udmabuf" | "dmabuf", folder: string): Promise<SnapshotCost["save"]> {
  using loaded = await loadFiles([MODEL], { to, splitBytes: PART_BYTES });
  const buffers: SharedBuffer[] = loaded.files.map(({ buffer }) => buffer);
  const before = cpuMs();
  const handed = { buffers, manifest: manifestOf(loaded.files) };
  const { elapsedMs: ms, direct, ...saved } = await snapshotBuffers(handed, folder, {
    verify: false,
  });
  const cost = { ms, direct, cpuMs: cpuMs() - before };
  return { ...cost, bytes: Number(saved.bytes), buffers: saved.buffers };
}

async function captures(
  seconds: number,
  buffer: "udmabuf" | "dmabuf",
  rate = RATE,
): Promise<CaptureCost> {
  const { frames, dropped, bytes, failure, notes, ...rest } = await capture(CAMERA, FRAMES, {
    ...{ seconds, buffer: { kind: buffer } },
    format: parseFormat(`1920x1080@${rate}:YUYV`),
  });
  for (const name of [FRAMES, `${FRAMES}.jsonl`]) Deno.removeSync(name);
  if (failure) throw failure;
  return {
    ...{ way: "dmacopy", buffer, direct: rest.direct, method: rest.method, format: rest.format },
    ...{ frames, dropped, bytes: Number(bytes), cpuMs: rest.cpuMs, notes: [...notes] },
  };
}

/** The same as it is done without dmacopy, with the format that the camera has from before. */
async function baseline(like: CaptureCost): Promise<CaptureCost> {
  const args = [CAMERA, FRAMES, String(like.frames)];
  const { code, stdout, stderr } = await new Deno.Command(BASELINE, { args }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const { frames, dropped, cpuMs } = JSON.parse(new TextDecoder().decode(stdout));
  const { size } = Deno.statSync(FRAMES);
  Deno.removeSync(FRAMES);
  const way = { way: "mmap + write", buffer: "the driver's", direct: false, method: "write" };
  return { ...way, format: like.format, frames, dropped, bytes: size, cpuMs, notes: [] };
}

function chooseHdmi(): void {
  const libc = Deno.dlopen("libc.so.6", {
    ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  });
  using device = openFile(CAMERA, { access: "read-write" });
  if (libc.symbols.ioctl(device.number, VIDIOC_S_INPUT, Int32Array.of(HDMI)) < 0) {
    throw new Error(`${CAMERA} has no HDMI input`);
  }
}

async function measureSnapshots(): Promise<SnapshotCost[]> {
  const costs = [];
  for (const to of ["dmabuf", "dmabuf", "udmabuf"] as const) costs.push(await snapshots(to));
  return costs;
}

async function measureCaptures(): Promise<CaptureCost[]> {
  chooseHdmi();
  // For room.
  Deno.removeSync(MODEL);
  // The first one has the program compiled and the caches of the filesystem filled.
  await captures(1, "udmabuf");
  const usual = await captures(SECONDS, "udmabuf");
  const costs = [usual, await captures(SECONDS, "dmabuf"), await baseline(usual)];
  const fast = await captures(SECONDS, "udmabuf", HIGH_RATE);
  return [...costs, fast, await baseline(fast)];
}

const measured = Deno.args[0] === "captures" ? await measureCaptures() : await measureSnapshots();
Deno.writeTextFileSync("measured.json", JSON.stringify(measured));
