import { Command, ValidationError } from "@cliffy/command";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { diskRate } from "./disk_rate.ts";
import { EXEC_HELP } from "./exec.ts";
import { checkHandOver, GROUP_HELP, handOver, MODE_HELP, parseHandOver } from "./hand_over.ts";
import { showCopy } from "./progress.ts";
import { summarize } from "./report_load.ts";
import { countType, modeType, pathType } from "./types.ts";

/** `dmacopy restore` */
export const restoreCommand = new Command()
  .description(
    "Make the buffers of a snapshot anew, of the same kinds and layout, and hand them over.",
  )
  .type("path", pathType)
  .type("count", countType)
  .type("mode", modeType)
  .arguments("<dir:path>")
  .option("--no-verify", "Skip the comparison with the checksums in the snapshot.")
  .option(
    "--direct",
    "Fail if the page cache can't be bypassed (default: bypass it where possible).",
  )
  .option("--no-direct", "Go through the page cache.")
  .option("--exec", EXEC_HELP)
  .option(
    "--serve <socket:path>",
    "Then serve the buffers to other processes at this socket, until Ctrl-C.",
  )
  .option("--mode <octal:mode>", MODE_HELP)
  .option("--group <group:string>", GROUP_HELP)
  .option(
    "--max-clients <count:count>",
    "With --serve, end after this many clients (default: never).",
  )
  .option("--hold", "Then print the paths of the buffers in /proc and keep them until Ctrl-C.")
  .option(
    "--until <when:string>",
    "End --serve or --hold after 90s, 10m or 2h, or at a time: 2030-01-31T18:00.",
  )
  .option("-q, --quiet", "Print errors only.")
  .example(
    "dmacopy restore /data/model.snapshot --serve /run/model.sock",
    "Serve again what a server held.",
  )
  .example("dmacopy restore /data/task.snapshot --exec ./task", "Start a task with its buffers.")
  .action(async function (options, folder) {
    const { verify, direct, quiet = false } = options;
    const how = parseHandOver(options, this.getLiteralArgs());
    if (!how) {
      throw new ValidationError(
        "Missing who gets the buffers: write --serve SOCKET, --hold or --exec CMD….",
      );
    }
    await checkHandOver(how);
    const { restoreBuffers } = await import("../snapshot/mod.ts");
    using restored = await interruptible(async (signal) => {
      using status = statusLine({ quiet });
      const onProgress = showCopy(status, { quiet });
      return await restoreBuffers(folder, { verify, direct, signal, onProgress });
    });
    if (!quiet) {
      for (const note of restored.notes) console.error(note);
      const { length } = restored.buffers;
      const buffer = `${length} ${length === 1 ? "buffer" : "buffers"} of ${restored.takenAt}`;
      const [method = "read"] = restored.methods;
      const text = summarize({ ...restored, method, buffer, diskRate: diskRate() });
      // The standard output is the command's, or for the paths.
      (how.kind === "serve" ? console.log : console.error)(text);
    }
    Deno.exitCode = await handOver(how, restored, { quiet });
  });
