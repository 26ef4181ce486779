import { cacheFolder } from "../../base/cache_folder.ts";
import { V8_FLAGS } from "../../base/v8_flags.ts";
import { buildShim } from "../../ffi/build_shim.ts";
import {
  type Arch,
  type Base,
  buildKernel,
  bundle,
  guestShim,
  HOST_ARCH,
  type LabOptions,
  makeOnce,
  type OnProgress,
  run,
  runInLab,
  shortHash,
  type Variant,
} from "../../kernel/lab/mod.ts";
import type { Measurements } from "./counts.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const GUEST = new URL("guest.ts", import.meta.url).pathname;
const USES_GUEST = new URL("uses_guest.ts", import.meta.url).pathname;
const COMMAND_LINE = `${ROOT}cli/main.ts`;
/** 2 MiB pages for 256 MiB of buffers: a udmabuf takes pages, and mapping it reserves as many. */
const HUGEPAGES = 264;

/** The rows whose stages are compared, by both kernels. */
const STAGES = "--rows 4,12,20,22,limit,thp,hugetlb --runs 3";

/** The options of a measurement. */
export interface MeasureOptions {
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** One file of notebooks/data. */
export interface Dataset {
  name: string;
  /** The command that a reader types to get it, with all parameters. */
  command: string;
  kernel: Variant;
  /** The base of the kernel. @default the lab's */
  base?: Base;
  /** The guest's architecture. @default this machine's */
  arch?: Arch;
  /** The module that runs in the guest; its code is part of a result's key. */
  entry: string;
  /** The flags of V8 there; they are part of the key, too. @default none */
  v8Flags?: string;
  measure(options: MeasureOptions): Promise<unknown>;
}

function bench(name: string, kernel: Variant, line: string): Dataset {
  const args = line.split(" ");
  return {
    name,
    kernel,
    command: `./run ${line} --json ${name}.json`,
    entry: COMMAND_LINE,
    measure: ({ signal }) => runBench(args, signal),
  };
}

async function runBench(args: string[], signal: AbortSignal): Promise<unknown> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-notebooks-" });
  try {
    await runCommand([...args, "--quiet", "--json", `${folder}/result.json`], signal);
    return JSON.parse(await Deno.readTextFile(`${folder}/result.json`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the command line, so that the command beside a number is the one that gave it. */
async function runCommand(args: string[], signal: AbortSignal): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", COMMAND_LINE, ...args],
    cwd: ROOT,
    stdout: "null",
    stderr: "inherit",
    signal,
  }).output();
  signal.throwIfAborted();
  if (!success) throw new Error(`dmacopy ${args.join(" ")} failed`);
}

/** 2.5 GB of frames take more room than there is beside a file of 1 GiB. */
const CAPTURE_MODEL_BYTES = 2 ** 31;

/** The part of a program for the guest that gives a dataset. */
interface GuestPart extends Pick<Dataset, "entry" | "v8Flags"> {
  part: string;
  /** Makes what the guest needs besides. */
  prepare?: () => Promise<Partial<LabOptions>>;
}

function guest(name: string, kernel: Variant, { prepare, ...what }: GuestPart): Dataset {
  const { entry, part, v8Flags } = what;
  const program = `notebooks/measure/${entry.slice(entry.lastIndexOf("/") + 1)}`;
  return {
    name,
    kernel,
    command: `./run notebooks --measure  # ${name}: ${program} ${part}, ${kernel} kernel`,
    entry,
    ...(v8Flags === undefined ? {} : { v8Flags }),
    measure: async (options) =>
      await runGuest({ kernel, ...what }, { ...options, more: await prepare?.() ?? {} }),
  };
}

/** As the command line does: the first snapshot is a program's first work. */
function uses(part: "captures" | "snapshots"): GuestPart {
  return { entry: USES_GUEST, part, v8Flags: V8_FLAGS };
}

function counts(part: keyof Measurements | "traces"): GuestPart {
  return { entry: GUEST, part };
}

async function prepareCaptures(): Promise<Partial<LabOptions>> {
  return { modelBytes: CAPTURE_MODEL_BYTES, inputs: { mmap_capture: await buildBaseline() } };
}

/** The program that captures as it is done without dmacopy. */
async function buildBaseline(): Promise<string> {
  const source = new URL("mmap_capture.c", import.meta.url).pathname;
  const key = await shortHash(await Deno.readTextFile(source));
  return await makeOnce(`${cacheFolder("notebooks")}/mmap_capture-${key}`, {
    what: "compiling mmap_capture.c",
    make: async (path) => {
      await run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", path, source]);
    },
  });
}

async function runGuest(
  { kernel, entry, part, v8Flags }: Pick<Dataset, "kernel"> & GuestPart,
  { onProgress, signal, more }: MeasureOptions & { more: Partial<LabOptions> },
): Promise<unknown> {
  const outputFolder = await Deno.makeTempDir({ prefix: "dmacopy-notebooks-" });
  const said: Uint8Array[] = [];
  try {
    const { status } = await runInLab({
      argv: [
        ...["deno", "run", "-A", "--no-remote"],
        ...(v8Flags === undefined ? [] : [`--v8-flags=${v8Flags}`]),
        ...["/job/guest.js", part],
      ],
      bundles: { "guest.js": entry },
      ...more,
      ...{ kernel, outputFolder, onProgress, signal, hugepages: HUGEPAGES, shim: buildShim() },
      onStderr: (data) => said.push(data.slice()),
    });
    if (status !== 0) {
      const text = await new Blob(said as BlobPart[]).text();
      throw new Error(`the guest could not measure ${part}: ${text.trim().slice(0, 2000)}`);
    }
    return JSON.parse(await Deno.readTextFile(`${outputFolder}/measured.json`));
  } finally {
    await Deno.remove(outputFolder, { recursive: true });
  }
}

/** From an SD card to several NVMe disks, as a clock of 1 GHz sees them. */
const DISKS = "--device-bandwidth 128MiB,256MiB,512MiB,1GiB,2GiB,4GiB,8GiB,16GiB";

/** The ways of a stock kernel, and those that the series adds, each on its own kernel. */
function fleet(name: string, base: Base): Dataset[] {
  const sweep = (kernel: Variant, rows: string) => {
    const line = `bench sweep --size 128MiB --rows ${rows} ${DISKS} --kernel ${kernel}`;
    return { ...bench(`${name}-${kernel}`, kernel, `${line} --base ${base}`), base };
  };
  const stock = "1,5,12,thp,hugetlb,early-thp,uring-thp";
  return [sweep("stock", stock), sweep("patched", "20,22,parallel")];
}

/** The ways of both kinds on another base or architecture, all on one kernel, at three of the disks. */
function otherFleet(name: string, { base, arch }: Pick<Dataset, "base" | "arch">): Dataset {
  const rows = "1,12,early-thp,20,22,parallel";
  const option = arch === undefined ? `--base ${base}` : `--arch ${arch}`;
  const line =
    `bench sweep --size 128MiB --rows ${rows} --device-bandwidth 1GiB,4GiB,16GiB ${option}`;
  return { ...bench(name, "patched", line), ...(base && { base }), ...(arch && { arch }) };
}

/** A machine that copies with free memory, and with a full page cache. */
interface Machine extends Pick<Dataset, "base" | "arch"> {
  kernel?: Variant;
  memory: string;
}

/** Whole copies on a machine, by `dmacopy copy`. */
function copies(name: string, { kernel = "patched", base, arch, memory }: Machine): Dataset {
  const rows = "udmabuf,dmabuf,full-cache-udmabuf,full-cache-dmabuf";
  const options = Object.entries({ memory, kernel, base, arch })
    .flatMap(([name, value]) => value === undefined ? [] : [`--${name} ${value}`]);
  const line = `bench copy --no-limits --rows ${rows} --runs 1 ${options.join(" ")}`;
  return { ...bench(name, kernel, line), ...(base && { base }), ...(arch && { arch }) };
}

/** All datasets of the notebooks. */
export const datasets: readonly Dataset[] = [
  bench(
    "throughput",
    "patched",
    "bench --kernel patched --guests 1 --rows letter,limit,thp --runs 1",
  ),
  {
    ...bench("throughput-arm64", "patched", "bench --arch arm64 --rows letter,limit,thp --runs 5"),
    arch: "arm64",
  },
  {
    ...bench(
      "throughput-f2fs",
      "patched",
      "bench --arch arm64 --filesystem f2fs --rows letter,limit --runs 1 --guests 1",
    ),
    arch: "arm64",
  },
  bench("pages", "patched", `bench --kernel patched ${STAGES}`),
  bench("pages-stock", "stock", `bench --kernel stock ${STAGES}`),
  bench(
    "sweep",
    "patched",
    "bench sweep --quick --rows 1,2,4,12,14,16,20,22,thp " +
      "--device-bandwidth 512MiB,1GiB,1365MiB,2GiB,4GiB,8GiB --kernel patched",
  ),
  // The letter's disk, as a clock of 3 GHz sees it.
  bench(
    "at-3ghz",
    "patched",
    "bench --quick --rows 1,2,4,12,14,16,20,22,limit --kernel patched " +
      "--device-bandwidth 1365MiB --device-latency 300",
  ),
  ...fleet("fleet", "6.12"),
  otherFleet("fleet-7.3", { base: "7.3" }),
  otherFleet("fleet-arm64", { arch: "arm64" }),
  copies("copies-stock", { kernel: "stock", memory: "2GiB" }),
  copies("copies-2gib", { memory: "2GiB" }),
  copies("copies-4gib", { memory: "4GiB" }),
  copies("copies-8gib", { memory: "8GiB" }),
  copies("copies-7.3", { base: "7.3", memory: "2GiB" }),
  copies("copies-arm64", { arch: "arm64", memory: "2GiB" }),
  bench("load", "devices", "bench --kernel devices --rows 1,12,thp,22 --runs 1"),
  guest("captures", "devices", { ...uses("captures"), prepare: prepareCaptures }),
  guest("snapshots", "devices", uses("snapshots")),
  guest("traces", "traced", counts("traces")),
  guest("refusals", "stock", counts("refusals")),
];

/** The key of a result: the kernel, the code that runs in its guest, the shim and the parameters. */
export async function contentOf(
  { arch = HOST_ARCH, kernel, base, entry, command, v8Flags }: Dataset,
  { onProgress, signal }: MeasureOptions,
): Promise<string> {
  const image = await buildKernel({ arch, base, variant: kernel, onProgress, signal });
  const shim = await guestShim(arch, { onProgress, signal });
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-notebooks-" });
  try {
    await bundle(entry, `${folder}/bundle.js`);
    const parts = [image, shim].map((path) => path.slice(path.lastIndexOf("/") + 1));
    const code = withoutPlaces(await Deno.readTextFile(`${folder}/bundle.js`));
    return JSON.stringify([...parts, command, code, ...(v8Flags === undefined ? [] : [v8Flags])]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A bundle names packages by file paths relative to the checkout, which differ between checkouts. */
export function withoutPlaces(bundle: string): string {
  return bundle.replaceAll(/[^\s"'`(]*\/npm\/[^\s"'`/]+\//g, "npm/");
}
