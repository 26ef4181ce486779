/**
 * `deno task soak [--copies N] [--clients N] [--seed N] [--kernel NAME]`: copies of mixed sizes and
 * kinds, in both directions, and clients that die, in guests of the lab with and without the series.
 */
import { Command } from "@cliffy/command";
import { interruptible } from "../../terminal/interruptible.ts";
import { runSession } from "../../guests/session.ts";
import { reportError } from "../../terminal/report_error.ts";
import { statusLine } from "../../terminal/status_line.ts";
import { kernelType } from "../../cli/types.ts";
import type { Variant } from "../../kernel/lab/mod.ts";
import { buildSoakClient } from "./_build_client.ts";

const KERNELS: Variant[] = ["patched", "stock"];
const HUGEPAGES = 192;
const TIMEOUT_MS = 60 * 60_000;

/** Runs the soak test on one kernel. */
async function soakOn(
  kernel: Variant,
  args: string[],
): Promise<{ passed: number; failed: number }> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-soak-" });
  using status = statusLine({ steps: true });
  try {
    const client = await buildSoakClient();
    const { status: code, complaints } = await interruptible((signal) =>
      runSession(["deno", "run", "-A", "--no-remote", "/job/soak.js", ...args], {
        ...{ kernel, status, signal, clock: "wall", hugepages: HUGEPAGES, timeoutMs: TIMEOUT_MS },
        bundles: { "soak.js": new URL("guest.ts", import.meta.url).pathname },
        inputs: { soak_client: client },
        outputFolder: folder,
      })
    );
    for (const line of complaints) console.log(`FAILED: the guest's kernel: ${line}`);
    if (code !== 0) return { passed: 0, failed: 1 };
    const { passed, failed } = JSON.parse(await Deno.readTextFile(`${folder}/result.json`));
    return { passed, failed: failed + complaints.length };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

try {
  await new Command()
    .name("soak")
    .description("Run many copies and dying clients, on kernels with and without the series.")
    .throwErrors()
    .type("kernel", kernelType)
    .option("--copies <n:integer>", "Number of copies on each kernel.", { default: 1000 })
    .option("--clients <n:integer>", "Number of clients of --serve at once.", { default: 64 })
    .option("--seed <n:integer>", "Seed for the random choices (default: a new one each time).")
    .option("--kernel <kernel:kernel>", "Run on this kernel only.")
    .action(async ({ copies, clients, kernel, ...options }) => {
      const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
      const total = { passed: 0, failed: 0 };
      for (const name of kernel ? [kernel] : KERNELS) {
        const { passed, failed } = await soakOn(name, [copies, clients, seed].map(String));
        total.passed += passed;
        total.failed += failed;
      }
      console.log(`${total.passed} passed, ${total.failed} failed`);
      if (total.failed > 0) Deno.exitCode = 1;
    })
    .parse(Deno.args);
} catch (error) {
  Deno.exit(reportError(error));
}
