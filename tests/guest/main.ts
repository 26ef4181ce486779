/**
 * `deno task test:guest [--arch NAME] [--kernel NAME] [--filter TEXT] [-- PATH…]`: the unit tests as on
 * a Debian of an architecture: natively, in a guest of the lab with Debian's packages.
 */
import { Command } from "@cliffy/command";
import { archType, baseType, kernelType } from "../../cli/types.ts";
import { runSession, showProgress, SILENCE } from "../../guests/session.ts";
import { HOST_ARCH } from "../../kernel/lab/mod.ts";
import { interruptible } from "../../terminal/interruptible.ts";
import { reportError } from "../../terminal/report_error.ts";
import { statusLine } from "../../terminal/status_line.ts";
import { makeDebianDisk } from "./_disk.ts";

/** For all tests, translated on a busy host: a guest that hangs is silent. */
const TIMEOUT_MS = 12 * 60 * 60_000;
const MEMORY_MIB = 6144;

const ENVIRONMENT = [
  ...["HOME=/root", "TERM=dumb", "NO_COLOR=1", "LANG=C.UTF-8", "DENO_DIR=/deno"],
  ...["PATH=/dmacopy/.deno/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DENO_NO_UPDATE_CHECK=1"],
];

/** The script of the guest: $@ are Deno's arguments. */
const SCRIPT = `
  mount -t ext4 /dev/vdb /data || exit 1
  ln -s /proc/self/fd/0 /dev/stdin
  ln -s /proc/self/fd/1 /dev/stdout
  ln -s /proc/self/fd/2 /dev/stderr
  for folder in proc sys dev; do mount -o rbind /$folder /data/$folder; done
  exec chroot /data /usr/bin/env -i -C /dmacopy ${ENVIRONMENT.join(" ")} "$@"
`;

/** Programs that need a whole machine, or another of their own. */
const LEFT_OUT = ["tests/lab", "tests/cluster/slurm_test.ts"];

try {
  await new Command()
    .name("test:guest")
    .description("Run the unit tests on a Debian of an architecture, in a guest of the lab.")
    .throwErrors()
    .usage("[options] -- [PATH…]")
    .type("arch", archType)
    .type("base", baseType)
    .type("kernel", kernelType)
    .option("--arch <arch:arch>", "Architecture of the guest (default: this machine's).")
    .option("--base <base:base>", "Linux version that the kernel is based on.")
    .option("--kernel <kernel:kernel>", "Kernel of the lab to use.", {
      default: "patched" as const,
    })
    .option("--filter <text:string>", "Run only the tests whose names contain this text.")
    .option(
      "--command",
      "Take the words after -- as a command for the guest, not as paths of tests.",
    )
    .action(async function ({ arch = HOST_ARCH, base, kernel, filter, command }) {
      const paths = this.getLiteralArgs();
      const given = paths.length > 0 ? paths : ["tests"];
      const test = [
        ...["deno", "test", "-A", "--no-check", "--sanitize-ops", "--sanitize-resources"],
        ...[`--ignore=${LEFT_OUT.join(",")}`, ...filter ? ["--filter", filter] : [], ...given],
      ];
      const argv = command ? given : test;
      const folder = await Deno.makeTempDir({ prefix: "dmacopy-debian-" });
      using status = statusLine({ steps: true });
      try {
        const keptDisk = `${folder}/debian.img`;
        const result = await interruptible(async (signal) => {
          const onProgress = showProgress(status);
          await makeDebianDisk(keptDisk, { arch, onProgress, signal });
          return await runSession(["sh", "-c", SCRIPT, "sh", ...argv], {
            ...{ arch, base, kernel, status, signal, keptDisk, clock: "wall" },
            ...{ memoryMiB: MEMORY_MIB, modelBytes: null },
            ...{ timeoutMs: TIMEOUT_MS, ...SILENCE },
          });
        });
        for (const line of result.complaints) console.log(`FAILED: the guest's kernel: ${line}`);
        Deno.exitCode = result.status || (result.complaints.length > 0 ? 1 : 0);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    })
    .parse(Deno.args);
} catch (error) {
  Deno.exit(reportError(error));
}
