import { Command, ValidationError } from "@cliffy/command";
import { DEFAULT_BASE } from "../kernel/lab/bases.ts";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import {
  anyKernelType,
  archType,
  baseType,
  clockType,
  kernelType,
  pathType,
  sizeType,
} from "./types.ts";

const KERNEL =
  "Kernel to use: without the series (stock), with it (patched), with rw-iter instead, or with " +
  "the series and probes (traced), checks (debug), V4L2 and DRM (devices) or, on arm64, larger " +
  "pages (16k, 64k).";
const ANY_KERNEL = `${KERNEL.slice(0, -1)}; or one that Debian built (debian-…).`;
const BASE = `Linux version that the kernel is based on (default ${DEFAULT_BASE}).`;
const ARCH = "Architecture of the guest (default: this machine's).";
const CLOCK = "The guest's clock: a modelled 1 GHz CPU's (model), or real time (wall).";
/** The least memory with which a guest boots. */
const LEAST_MEMORY = 512n << 20n;
const DAY_MS = 24 * 60 * 60_000;

/** Files for the guest, by their names there. */
function inputsOf(paths: readonly string[] = []): Record<string, string> {
  const named = paths.map((path) => [path.slice(path.lastIndexOf("/") + 1), path] as const);
  const again = named.find(([name], index) => named.findIndex(([other]) => other === name) < index);
  if (again) throw new ValidationError(`two files can't both be /job/${again[0]}: rename one`);
  return Object.fromEntries(named);
}

const build = new Command()
  .description("Build the lab's kernel and print where it is.")
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", kernelType)
  .option("--arch <arch:arch>", "Architecture of the kernel (default: this machine's).")
  .option("--base <base:base>", BASE)
  .option("--kernel <kernel:kernel>", KERNEL, { default: "patched" as const })
  .option("-q, --quiet", "Show no progress.")
  .action(async ({ arch, base, kernel, quiet = false }) => {
    const { buildKernel } = await import("../kernel/lab/mod.ts");
    const { showProgress } = await import("../guests/session.ts");
    const image = await interruptible(async (signal) => {
      using status = statusLine({ quiet, steps: true });
      const onProgress = showProgress(status);
      return await buildKernel({ arch, base, variant: kernel, signal, onProgress });
    });
    console.log(image);
  });

const shell = new Command()
  .description("Open a prompt in the guest.")
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", anyKernelType)
  .type("clock", clockType)
  .option("--arch <arch:arch>", ARCH)
  .option("--base <base:base>", BASE)
  .option("--kernel <kernel:kernel>", ANY_KERNEL, { default: "patched" as const })
  .option("--clock <clock:clock>", CLOCK, { default: "wall" as const })
  .action(async ({ arch, base, kernel, clock }) => {
    const { runSession } = await import("../guests/session.ts");
    using status = statusLine({ steps: true });
    await runSession(["sh"], {
      ...{ arch, base, kernel, clock, status, interactive: true, timeoutMs: DAY_MS },
    });
  });

const run = new Command()
  .description("Run a command in the guest; dmacopy ends with its exit status.")
  .usage("[options] -- CMD…")
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", anyKernelType)
  .type("clock", clockType)
  .option("--arch <arch:arch>", ARCH)
  .option("--base <base:base>", BASE)
  .option("--kernel <kernel:kernel>", ANY_KERNEL, { default: "patched" as const })
  .option("--clock <clock:clock>", `${CLOCK} The default of the lab's kernels is model.`)
  .type("size", sizeType)
  .option("--memory <size:size>", "Memory of the guest (default 4GiB).")
  .option("--file <size:size>", "Size of /data/model.bin in the guest (default 1GiB).")
  .option("--append <words:string>", "Words to add to the kernel's command line.")
  .type("path", pathType)
  .option("--input <path:path>", "File to copy into the guest's /job; can be repeated.", {
    collect: true,
  })
  .option("-q, --quiet", "Show no progress.")
  .example("dmacopy lab run -- uname -r", "Print the version of the lab's kernel.")
  .example("dmacopy lab run -- dmacopy doctor", "Show what the lab's kernel offers.")
  .example(
    "dmacopy lab run --kernel debian-6.12 -- dmacopy doctor",
    "Show what Debian's kernel offers, as it is installed.",
  )
  .example(
    "dmacopy lab run --memory 8GiB --file 5GiB -- dmacopy copy /data/model.bin",
    "Copy a larger file.",
  )
  .example(
    "dmacopy lab run --append init_on_alloc=1 -- dmacopy bench --host --rows 22 --file /data/model.bin",
    "Measure with a kernel that clears what it allocates.",
  )
  .example("dmacopy lab run --input ./mine -- /job/mine", "Run a program of your own.")
  .action(async function (options) {
    const { arch, base, kernel, clock, memory, file, append, input, quiet = false } = options;
    const argv = this.getLiteralArgs();
    if (argv.length === 0) {
      throw new ValidationError("Missing the command to run: write lab run -- CMD…");
    }
    if (memory !== undefined && memory < LEAST_MEMORY) {
      throw new ValidationError("--memory must be at least 512MiB");
    }
    const { runSession } = await import("../guests/session.ts");
    using status = statusLine({ quiet, steps: true });
    const result = await interruptible((signal) =>
      runSession(argv, {
        ...{ arch, base, kernel, clock, status, signal },
        memoryMiB: memory === undefined ? undefined : Number(memory >> 20n),
        modelBytes: file === undefined ? undefined : Number(file),
        kernelArguments: append?.split(/\s+/).filter((word) => word !== ""),
        inputs: inputsOf(input),
      })
    );
    Deno.exitCode = result.status;
  });

const test = new Command()
  .description("Run the tests in tests/lab that suit the kernel, in the guest.")
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", anyKernelType)
  .option("--arch <arch:arch>", ARCH)
  .option("--base <base:base>", BASE)
  .option("--kernel <kernel:kernel>", ANY_KERNEL, { default: "patched" as const })
  .option("--filter <text:string>", "Run only the tests whose names contain this text.")
  .option("-q, --quiet", "Show no progress.")
  .action(async ({ arch, base, kernel, filter, quiet = false }) => {
    const { runLabTests } = await import("../guests/run_tests.ts");
    using status = statusLine({ quiet, steps: true });
    Deno.exitCode = await interruptible((signal) =>
      runLabTests({ arch, base, kernel, filter, status, signal })
    );
  });

const checkSeries = new Command()
  .description("Check the patches of each series one by one, as maintainers would.")
  .type("arch", archType)
  .type("base", baseType)
  .option("--arch <arch:arch>", "Compile for this architecture alone (default: both).")
  .option("--base <base:base>", BASE)
  .option("-q, --quiet", "Show no progress.")
  .action(async ({ arch, base, quiet = false }) => {
    const { checkSeries } = await import("../kernel/lab/mod.ts");
    const { seriesTable } = await import("./series_table.ts");
    const { showProgress } = await import("../guests/session.ts");
    const checks = await interruptible(async (signal) => {
      using status = statusLine({ quiet, steps: true });
      return await checkSeries({ arch, base, signal, onProgress: showProgress(status) });
    });
    const { text, failed } = seriesTable(checks);
    console.log(text);
    if (failed > 0) Deno.exitCode = 1;
  });

const source = new Command()
  .description("Print where the source of a base is, and download it if it is missing.")
  .type("base", baseType)
  .option("--base <base:base>", BASE)
  .option("-q, --quiet", "Show no progress.")
  .action(async ({ base = DEFAULT_BASE, quiet = false }) => {
    const { findSource } = await import("../kernel/lab/mod.ts");
    const { showProgress } = await import("../guests/session.ts");
    const { tarball } = await interruptible(async (signal) => {
      using status = statusLine({ quiet, steps: true });
      return await findSource(base, { signal, onProgress: showProgress(status) });
    });
    console.log(tarball);
  });

const mail = new Command()
  .description("Write the series as mails, ready for git send-email.")
  .arguments("<dir:string>")
  .type("base", baseType)
  .option("--from <person:string>", "Sender, whose sign-off the mails get: 'A. Name <a@b.org>'.")
  .option("--base <base:base>", "Linux version that the mails are for.", {
    default: "7.3" as const,
  })
  .option(
    "--base-commit <rev:string>",
    "Commit that the patches apply to (default: the tag of the release).",
  )
  .option("-q, --quiet", "Show no progress.")
  .example(
    "dmacopy lab mail --from 'A. Name <a@b.org>' /tmp/mails",
    "Write the mails; read them before you send them.",
  )
  .action(async ({ from, base, baseCommit, quiet = false }, folder) => {
    if (from === undefined) {
      throw new ValidationError("Missing the sender: write --from 'A. Name <a@b.org>'");
    }
    const { writeMails } = await import("../kernel/mail/mod.ts");
    const { showProgress } = await import("../guests/session.ts");
    const paths = await interruptible(async (signal) => {
      using status = statusLine({ quiet, steps: true });
      return await writeMails({
        ...{ from, base, baseCommit, folder, signal, onProgress: showProgress(status) },
      });
    });
    console.log(paths.join("\n"));
  });

/** `dmacopy lab` */
export const labCommand = new Command()
  .description(
    "Build and check the lab's kernel; open a shell, run a command or the tests in its guest.",
  )
  .command("source", source)
  .command("build", build)
  .command("shell", shell)
  .command("run", run)
  .command("test", test)
  .command("check-series", checkSeries)
  .command("mail", mail);
