import { Command } from "@cliffy/command";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { DIRECT_HELP, NO_DIRECT_HELP } from "./direct.ts";
import { diskRate } from "./disk_rate.ts";
import { showCopy } from "./progress.ts";
import { summarize } from "./report_load.ts";
import { pathType } from "./types.ts";
import { printJson } from "./json_error.ts";

/** `dmacopy snapshot` */
export const snapshotCommand = new Command()
  .description(
    "Save all buffers that a task shares at a socket, with their manifest, in a new folder: whole or " +
      "not at all. The task must not write to them meanwhile.",
  )
  .type("path", pathType)
  .arguments("<socket:path> <dir:path>")
  .option("--no-verify", "Skip verification.")
  .option("--direct", DIRECT_HELP)
  .option("--no-direct", NO_DIRECT_HELP)
  .option("--json", "Print the result, or why it failed, as JSON.")
  .option("-q, --quiet", "Print errors only.")
  .example(
    "dmacopy snapshot /run/model.sock /data/model.snapshot",
    "Save the buffers that a server holds.",
  )
  .action(async ({ verify, direct, json = false, quiet = false }, socket, folder) => {
    const { receiveBuffers } = await import("../handover/mod.ts");
    const { snapshotBuffers } = await import("../snapshot/mod.ts");
    using received = await receiveBuffers(socket);
    const { notes, bytes, methods, ...saved } = await interruptible(async (signal) => {
      using status = statusLine({ quiet });
      return await snapshotBuffers(received, folder, {
        ...{ verify, direct, signal, onProgress: showCopy(status, { quiet }) },
        onVerified: showCopy(status, { quiet, verb: "verifying" }),
      });
    });
    if (!quiet) { for (const note of notes) console.error(note); }
    if (json) {
      return printJson({ ...saved, bytes: Number(bytes), methods });
    }
    if (quiet) return;
    const [method = "write"] = methods;
    const buffer = `${saved.buffers} ${saved.buffers === 1 ? "buffer" : "buffers"} in ${folder}`;
    console.log(summarize({ ...saved, bytes, method, buffer, diskRate: diskRate() }));
  });
