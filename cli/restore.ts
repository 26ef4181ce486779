import { Command, ValidationError } from "@cliffy/command";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { DIRECT_HELP, NO_DIRECT_HELP } from "./direct.ts";
import { diskRate } from "./disk_rate.ts";
import { EXEC_HELP } from "./exec.ts";
import {
  checkHandOver,
  GROUP_HELP,
  handOver,
  HOLD_HELP,
  MAX_CLIENTS_HELP,
  MODE_HELP,
  parseHandOver,
  SERVE_HELP,
  UNTIL_HELP,
} from "./hand_over.ts";
import { showCopy } from "./progress.ts";
import { summarize } from "./report_load.ts";
import { countType, modeType, pathType } from "./types.ts";

/** `dmacopy restore` */
export const restoreCommand = new Command()
  .description(
    "Make the buffers of a snapshot again, of the same kinds and layout, and hand them over.",
  )
  .type("path", pathType)
  .type("count", countType)
  .type("mode", modeType)
  .arguments("<dir:path>")
  .option("--no-verify", "Skip the comparison with the checksums in the snapshot.")
  .option("--direct", DIRECT_HELP)
  .option("--no-direct", NO_DIRECT_HELP)
  .option("--exec", EXEC_HELP)
  .option("--serve <socket:path>", SERVE_HELP)
  .option("--mode <octal:mode>", MODE_HELP)
  .option("--group <group:string>", GROUP_HELP)
  .option("--max-clients <count:count>", MAX_CLIENTS_HELP)
  .option("--hold", HOLD_HELP)
  .option("--until <when:string>", UNTIL_HELP)
  .option("-q, --quiet", "Print errors only.")
  .example(
    "dmacopy restore /data/model.snapshot --serve /run/model.sock",
    "Serve the buffers that a server held.",
  )
  .example("dmacopy restore /data/task.snapshot --exec ./task", "Start a task with its buffers.")
  .action(async function (options, folder) {
    const { verify, direct, quiet = false } = options;
    const how = parseHandOver(options, this.getLiteralArgs());
    if (!how) {
      throw new ValidationError(
        "Missing the receiver of the buffers: write --serve SOCKET, --hold or --exec CMD….",
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
      // The standard output belongs to the command, or to the paths.
      (how.kind === "serve" ? console.log : console.error)(text);
    }
    Deno.exitCode = await handOver(how, restored, { quiet });
  });
