import {
  type Arch,
  type Base,
  buildSelftests,
  carriesSeries,
  checkSourceTree,
  compilerFor,
  complaintReport,
  type DebianKernel,
  hasDevices,
  HOST_ARCH,
  isDebianKernel,
  LabError,
  type Variant,
} from "../kernel/lab/mod.ts";
import { runEach } from "./run_each.ts";
import { runSession, showProgress, SILENCE } from "./session.ts";
import { TestCount } from "./test_count.ts";
import { variablesOfTests } from "./variables_of_tests.ts";
import type { StatusLine } from "../terminal/status_line.ts";

const FOLDER = new URL("../tests/lab/", import.meta.url);
/** The flag that shows why a test failed. */
const PRELOADED = "report_failures";

/** The memory for a buffer of more than 4 GiB. */
const MEMORY_MIB = 6144;
/** For all tests, however busy the host: a guest that hangs is silent. */
const TIMEOUT_MS = 4 * 60 * 60_000;
const DEBUG_MEMORY_MIB = 7168;

/** The programs that make disks which busybox can't make. */
const PROGRAMS = ["losetup", "mke2fs", "mkfs.btrfs", "mkfs.xfs"].map((name) => `/usr/sbin/${name}`);

/** The size of the disk that survives the reboot. */
const KEPT_BYTES = 256 * 2 ** 20;
/** Memory for the heap of contiguous buffers, which the debug kernel has. */
const SET_ASIDE = "cma=64M";

/** The size of the file to copy on Debian's kernels: one of them limits a udmabuf to less. */
const DEBIAN_MODEL_BYTES = 256 * 2 ** 20;

/** Options of {@linkcode runLabTests}. */
export interface LabTestOptions {
  arch?: Arch | undefined;
  base?: Base | undefined;
  kernel: Variant | DebianKernel;
  /** Run only the tests whose names contain this. */
  filter?: string | undefined;
  status: StatusLine;
  signal: AbortSignal;
}

/**
 * Runs the modules of tests/lab in one guest, and some of them in a second guest with a hard machine.
 * Returns the status of `deno test`. In `/job` the tests find the programs that they start, `*_child.js`,
 * the kernel's own tests, `kselftest-*`, and the host files that `_inputs.ts` names.
 *
 * @throws {LabError} if the guest's kernel logged a warning or a bug, or no test matches the filter
 */
export async function runLabTests(options: LabTestOptions): Promise<number> {
  checkSourceTree();
  const { filter, ...session } = options;
  // A path that the bundler can't follow, as the guest's command line does not need it.
  const { makeInputs, makeDeviceInputs } = await import(new URL("_inputs.ts", FOLDER).href);
  const { arch = HOST_ARCH } = session;
  const onProgress = showProgress(session.status);
  const inputs = await makeInputs(await compilerFor(arch, { onProgress }));
  const selftests = await labSelftests(session);
  const devices = !isDebianKernel(session.kernel) && hasDevices(session.kernel);
  const more = devices ? await makeDeviceInputs(arch, onProgress) : { inputs: {}, folders: {} };
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => /_(test|child)\.ts$/.test(name))
    .filter((name) => isFor(name, session.kernel)).sort();
  const job: Job = {
    inputs: { ...inputs, ...selftests, ...more.inputs },
    folders: more.folders,
    bundles: Object.fromEntries(
      [`${PRELOADED}.ts`, ...names]
        .map((name) => [name.replace(/ts$/, "js"), new URL(name, FOLDER).pathname]),
    ),
    filter,
    count: new TestCount(),
  };
  const kept = await Deno.makeTempDir({ prefix: "dmacopy-kept-" });
  try {
    const keptDisk = await emptyDisk(`${kept}/disk.img`);
    const kernelArguments = devices ? CAMERAS : [];
    const second = secondGuest(session.kernel);
    const guests = [{ kernelArguments }, ...(second ? [second] : [])];
    const status = await runEach(
      guests.map((settings) => () => runGuest({ ...job, ...settings, keptDisk }, session)),
      session.signal,
    );
    if (status === 0 && job.count.tests === 0) throw new LabError(noMatch(filter));
    return status;
  } finally {
    await Deno.remove(kept, { recursive: true });
  }
}

function noMatch(filter: string | undefined): string {
  return filter === undefined
    ? "the guest ran no test"
    : `--filter "${filter}" matches no test: their names are in tests/lab`;
}

/** The prefixes of modules that only the kernels of a kind run. */
const OWN_TESTS = { devices: "device_", debian: "debian_" } as const;

function isFor(module: string, kernel: Variant | DebianKernel): boolean {
  const own = isDebianKernel(kernel)
    ? OWN_TESTS.debian
    : hasDevices(kernel)
    ? OWN_TESTS.devices
    : undefined;
  return Object.values(OWN_TESTS).find((prefix) => module.startsWith(prefix)) === own;
}

/** The settings and modules of a second guest, if there is one. */
function secondGuest(
  kernel: Variant | DebianKernel,
): Pick<Job, "kernelArguments" | "modules"> | null {
  if (isDebianKernel(kernel) || hasDevices(kernel)) return null;
  return carriesSeries(kernel) ? hardMachine(kernel) : REBOOTED;
}

/**
 * vivid's cameras, /dev/video0 to 2, each with a webcam and HDMI: with planes in one buffer and in
 * several, and one that needs memory in one piece.
 */
const CAMERAS = [
  ...["n_devs=3", "node_types=1,1,1", "num_inputs=2,2,2", "input_types=12,12,12"],
  ...["multiplanar=1,2,1", "allocators=0,0,1"],
].map((setting) => `vivid.${setting}`);

/** The settings of the second guest, which looks for files that the first one left. */
const REBOOTED = { kernelArguments: ["dmacopy.boot=2"], modules: ["reboot_test.js"] };

async function emptyDisk(image: string): Promise<string> {
  await Deno.writeTextFile(image, "");
  await Deno.truncate(image, KEPT_BYTES);
  return image;
}

/** The input of a guest with tests. */
interface Job {
  inputs: Record<string, string>;
  folders: Record<string, string>;
  bundles: Record<string, string>;
  filter: string | undefined;
  /** The count of all guests. */
  count: TestCount;
  kernelArguments?: string[];
  /** The disk that both guests see, the second after the first. */
  keptDisk?: string;
  /** The modules to run, by their bundles' names. @default all */
  modules?: string[];
}

/**
 * A machine whose DMA goes through bounce buffers, as in a confidential guest, and which a kernel
 * warning stops.
 */
function hardMachine(kernel: Variant): Pick<Job, "kernelArguments" | "modules"> {
  // The debug kernel's DMA checks warn about every shared buffer.
  const warnings = kernel === "debug" ? [] : ["panic_on_warn=1"];
  return {
    kernelArguments: ["swiotlb=force", ...warnings, ...REBOOTED.kernelArguments],
    modules: ["attached_test.js", "filesystems_test.js", "kselftest_test.js", ...REBOOTED.modules],
  };
}

async function runGuest(
  { inputs, folders, bundles, filter, count, kernelArguments = [], keptDisk, modules }: Job,
  session: Omit<LabTestOptions, "filter">,
): Promise<number> {
  const slow = session.kernel === "debug";
  const tests = modules ?? Object.keys(bundles).filter((name) => name.endsWith("_test.js"));
  const result = await runSession([
    ...["deno", "test", "-A", "--no-remote", "--no-check", "--preload", `/job/${PRELOADED}.js`],
    ...(filter ? ["--filter", filter] : []),
    ...tests.map((name) => `/job/${name}`),
  ], {
    ...session,
    ...{
      bundles,
      inputs,
      folders,
      kernelArguments: slow ? [SET_ASIDE, ...kernelArguments] : kernelArguments,
      keptDisk,
      modelBytes: isDebianKernel(session.kernel) ? DEBIAN_MODEL_BYTES : undefined,
      programs: PROGRAMS,
      env: variablesOfTests(Deno.env),
      clock: "wall",
      memoryMiB: slow ? DEBUG_MEMORY_MIB : MEMORY_MIB,
      timeoutMs: TIMEOUT_MS,
      ...SILENCE,
      onStdout(data: Uint8Array) {
        session.status.clear();
        Deno.stdout.writeSync(data);
        count.take(data);
      },
    },
  });
  const [complaint] = result.complaints;
  if (complaint === undefined) return result.status;
  throw new LabError("the guest's kernel logged a warning or a bug", {
    lines: complaintReport(result.kernelLog, complaint),
  });
}

async function labSelftests(
  { arch, base, kernel, status, signal }: Omit<LabTestOptions, "filter">,
): Promise<Record<string, string>> {
  if (isDebianKernel(kernel)) return {};
  const onProgress = showProgress(status);
  const paths = await buildSelftests({ arch, base, variant: kernel, onProgress, signal });
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [`kselftest-${name}`, path]),
  );
}
