import { type Arch, HOST_ARCH } from "./arch.ts";
import type { Base } from "./bases.ts";
import { buildKernel } from "./build.ts";
import { bundle } from "./bundle.ts";
import type { OnProgress } from "./cache.ts";
import { debianKernel } from "./debian_kernel.ts";
import { type DebianKernel, isDebianKernel } from "./debian_kernels.ts";
import { DEFAULT_MODEL_BYTES, diskImage } from "./disk.ts";
import { LabError } from "./error.ts";
import type { Filesystem } from "./filesystems.ts";
import { systemImage } from "./guest.ts";
import { copyOutputs, type Job, readStatus, writeJob } from "./job.ts";
import {
  type Accelerator,
  type Clock,
  dataDevice,
  type Device,
  type Machine,
  qemuArguments,
} from "./machine.ts";
import { wallAccelerator } from "./probe.ts";
import { kernelComplaints, runQemu } from "./qemu.ts";
import { tail } from "./tail.ts";
import type { Variant } from "./variants.ts";

/** The default modelled disk, as fast as the letter's UFS 4.0. */
export const DEFAULT_DEVICE: Device = { bytesPerSecond: 4 * 2 ** 30, latencyUs: 100 };

/** Options of {@linkcode runInLab}. */
export interface LabOptions extends Job {
  /**
   * The guest's architecture.
   *
   * @default this machine's
   */
  arch?: Arch | undefined;
  /**
   * The base of the lab's own kernel.
   *
   * @default "6.12"
   */
  base?: Base | undefined;
  /**
   * The kernel to boot: one of the lab's own, one that Debian built, or the path of an image.
   *
   * @default "patched"
   */
  kernel?: Variant | DebianKernel | { image: string } | undefined;
  /** @default "model", but "wall" for a kernel that Debian built, which has no other clock */
  clock?: Clock | undefined;
  /**
   * Modules to bundle into `/job`, by the names of their bundles there. The guest's command `dmacopy`
   * runs `dmacopy.js`.
   *
   * @default {}
   */
  bundles?: Record<string, string>;
  /** Path of the shim's shared object for the guest, which `DMACOPY_SHIM` then names in the guest. */
  shim?: string;
  /**
   * Size of `/data/model.bin`, in bytes; null makes a guest without a data disk.
   *
   * @default 1 GiB
   */
  modelBytes?: number | null | undefined;
  /** The data disk's. @default "ext4" */
  filesystem?: Filesystem | undefined;
  /**
   * The disk that the data disk imitates; null means the host's speed.
   *
   * @default 4 GiB/s and 100 µs with a model clock, else null
   */
  device?: Device | null | undefined;
  /**
   * Image of one more disk, `/dev/vdc` in the guest, that keeps all writes: for files that must survive
   * a reboot.
   */
  keptDisk?: string | undefined;
  /** @default 4096 */
  memoryMiB?: number | undefined;
  /**
   * 2 MiB pages that the guest's kernel sets aside.
   *
   * @default 0
   */
  hugepages?: number;
  /**
   * Words for the kernel's command line, e.g. `swiotlb=force`.
   *
   * @default []
   */
  kernelArguments?: readonly string[] | undefined;
  /**
   * Paths of Debian programs that the guest gets in `/bin`, with their libraries.
   *
   * @default []
   */
  programs?: readonly string[];
  /**
   * Folders of this machine that the guest gets, by their names in its `/`; they are read-only there.
   *
   * @default {}
   */
  folders?: Readonly<Record<string, string>>;
  /**
   * Real time that the guest may take, in milliseconds.
   *
   * @default 30 minutes
   */
  timeoutMs?: number;
  /**
   * Real time that the command may print nothing, in milliseconds.
   *
   * @default no limit
   */
  silenceMs?: number;
  /**
   * Real time until the command prints something for the first time, in milliseconds.
   *
   * @default silenceMs
   */
  startMs?: number;
  /**
   * Host folder that gets the files in the command's working directory, `/job/out`, however the guest
   * ends.
   */
  outputFolder?: string;
  onStdout?: (data: Uint8Array) => void;
  onStderr?: (data: Uint8Array) => void;
  onProgress?: OnProgress | undefined;
  /** Once aborted, the guest gets a file `/job/stop`, which the command may watch. */
  stop?: AbortSignal | undefined;
  /** Once aborted, the guest is ended. */
  signal?: AbortSignal | undefined;
}

/** The result of a command in the guest. */
export interface LabResult {
  /** Its exit status. */
  status: number;
  /** The log of the guest's kernel; empty for an interactive guest. */
  kernelLog: string;
  /** The lines of that log that show trouble. */
  complaints: string[];
  /** Real time from the start of QEMU to its end, in milliseconds. */
  elapsedMs: number;
}

/**
 * Boots a guest, runs a command in it and returns the result. First it makes missing parts (kernel,
 * system disk, data disk, bundles).
 *
 * The guest's `/data` is a disk with `model.bin`; its changes are lost with the guest. Its
 * kernel command line tells programs the clock and the device: `dmacopy.clock=model`,
 * `dmacopy.device=BYTES_PER_SECOND,LATENCY_US`.
 *
 * Throws a {@linkcode LabError} if a build fails, QEMU dies, the guest panics or its time is up.
 */
export async function runInLab(options: LabOptions): Promise<LabResult> {
  const { arch = HOST_ARCH, onProgress, signal } = options;
  const job = await Deno.makeTempDir({ prefix: "dmacopy-lab-" });
  const leaveStop = () => Deno.writeTextFileSync(`${job}/stop`, "");
  try {
    const machine = await prepareMachine(job, options);
    await fillJob(machine, options);
    if (options.stop?.aborted) leaveStop();
    options.stop?.addEventListener("abort", leaveStop);
    using stdout = tail(`${job}/stdout`, options.onStdout ?? (() => {}));
    using stderr = tail(`${job}/stderr`, options.onStderr ?? (() => {}));
    onProgress?.({ what: "booting the guest" });
    const start = performance.now();
    try {
      const kernelLog = await runQemu(qemuArguments(machine), {
        arch,
        timeoutMs: options.timeoutMs ?? 30 * 60_000,
        silenceMs: options.silenceMs ?? Infinity,
        startMs: options.startMs ?? options.silenceMs ?? Infinity,
        interactive: options.interactive ?? false,
        signal,
        onTick: () => [stdout, stderr].filter((output) => output.poll()).length > 0,
      });
      const elapsedMs = performance.now() - start;
      const status = readStatus(job, kernelLog);
      return { status, kernelLog, complaints: kernelComplaints(kernelLog, arch), elapsedMs };
    } finally {
      // This includes files of a guest that died.
      if (options.outputFolder) await copyOutputs(job, options.outputFolder);
    }
  } finally {
    options.stop?.removeEventListener("abort", leaveStop);
    await Deno.remove(job, { recursive: true });
  }
}

/** @throws {LabError} if what is asked for needs the lab's own kernels */
function clockOf({ kernel, clock, base }: LabOptions): Clock {
  if (!isDebianKernel(kernel)) return clock ?? "model";
  if (base !== undefined) {
    throw new LabError(`--base is for the lab's own kernels, not for ${kernel}: leave it out`);
  }
  if (clock !== "model") return "wall";
  throw new LabError(`${kernel} has no model clock: leave --clock out`);
}

async function findKernel(options: LabOptions): Promise<Pick<Machine, "image" | "initrd">> {
  const { arch, base, kernel = "patched", onProgress, signal } = options;
  if (typeof kernel === "object") return { image: kernel.image, initrd: null };
  if (isDebianKernel(kernel)) return await debianKernel(kernel, { arch, onProgress, signal });
  return {
    image: await buildKernel({ base, variant: kernel, arch, onProgress, signal }),
    initrd: null,
  };
}

async function prepareMachine(job: string, options: LabOptions): Promise<Machine> {
  const { arch = HOST_ARCH, onProgress, signal } = options;
  const clock = clockOf(options);
  const kernel = await findKernel(options);
  const libraries = options.shim ? [options.shim] : [];
  const programs = options.programs ?? [];
  const { folders = {} } = options;
  const system = await systemImage({ arch, libraries, programs, folders, onProgress });
  const base: Machine = {
    arch,
    ...kernel,
    system: { image: system, bytes: (await Deno.stat(system)).size },
    data: await dataDisk({ ...options, clock }),
    kept: options.keptDisk ?? null,
    job,
    clock,
    accelerator: "tcg",
    memoryMiB: options.memoryMiB ?? 4096,
    hugepages: options.hugepages ?? 0,
    kernelArguments: options.kernelArguments ?? [],
  };
  // KVM can't run another architecture.
  if (clock === "model" || arch !== HOST_ARCH) return base;
  return { ...base, accelerator: await probe(base, signal) };
}

async function dataDisk(options: LabOptions): Promise<Machine["data"]> {
  const { modelBytes = DEFAULT_MODEL_BYTES, clock = "model", onProgress } = options;
  if (modelBytes === null) return null;
  const { device = clock === "model" ? DEFAULT_DEVICE : null } = options;
  const { filesystem } = options;
  const image = await diskImage({ modelBytes, filesystem, onProgress });
  return { image, bytes: (await Deno.stat(image)).size, device };
}

async function probe(machine: Machine, signal: AbortSignal | undefined): Promise<Accelerator> {
  return await wallAccelerator(async () => {
    const job = await Deno.makeTempDir({ prefix: "dmacopy-probe-" });
    try {
      await writeJob(job, { argv: ["true"], dataDevice: "" });
      const guest: Machine = {
        ...machine,
        job,
        data: null,
        kept: null,
        memoryMiB: 512,
        accelerator: "kvm",
      };
      const { arch } = machine;
      const console = await runQemu(qemuArguments(guest), { arch, timeoutMs: 20_000, signal });
      readStatus(job, console);
    } finally {
      await Deno.remove(job, { recursive: true });
    }
  });
}

async function fillJob(machine: Machine, options: LabOptions): Promise<void> {
  const { job } = machine;
  const env = {
    DENO_DIR: "/tmp/deno",
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    ...(options.shim && { DMACOPY_SHIM: "/tmp/shim.so" }),
    ...options.env,
  };
  const inputs = { ...options.inputs, ...(options.shim && { "shim.so": options.shim }) };
  await writeJob(job, { ...options, env, inputs, dataDevice: dataDevice(machine) });
  for (const [name, entry] of Object.entries(options.bundles ?? {})) {
    await bundle(entry, `${job}/${name}`);
  }
}
