import { Command, ValidationError } from "@cliffy/command";
import type { LoadedFile } from "../copy/mod.ts";
import { parseDestination } from "./destination.ts";
import { EXEC_HELP, runCommand } from "./exec.ts";
import { formatRate, formatSize } from "./format.ts";
import { interruptible } from "./interruptible.ts";
import { explainLoad, loadedAsJson, summarizeLoad } from "./report_load.ts";
import { statusLine } from "./status_line.ts";
import { pathType } from "./types.ts";

/** `dmacopy copy` */
export const copyCommand = new Command()
  .description(
    "Copy a file into device-shareable memory: memfd, udmabuf or dmabuf; by default the fastest.",
  )
  .type("path", pathType)
  .arguments("<src:path> [dst:path]")
  .option("--verify", "Compare the checksums of file and buffer.")
  .option("--exec", EXEC_HELP)
  .option("--explain", "Say which way was taken, and why no other.")
  .option("--json", "Print what was done as JSON.")
  .option("-q, --quiet", "Print errors only.")
  .example("dmacopy copy model.bin --verify", "Copy by the fastest way and check it.")
  .example(
    "dmacopy copy model.bin dmabuf --exec ./infer",
    "Hand the buffer to a program: $DMACOPY_FD is its descriptor, $DMACOPY_SIZE its size.",
  )
  .example("dmacopy copy model.bin memfd:thp --explain", "Use transparent huge pages.")
  .action(async function (options, src, dst) {
    const { verify = false, exec = false, explain = false, json = false, quiet = false } = options;
    const command = this.getLiteralArgs();
    if (exec && command.length === 0) {
      throw new ValidationError("Missing the command after --exec.");
    }
    const destination = dst === undefined ? {} : parseDestination(dst);
    const { loadFile } = await import("../copy/mod.ts");

    using file = await interruptible(async (signal) => {
      using status = statusLine({ quiet });
      const start = performance.now();
      return await loadFile(src, {
        ...destination,
        verify,
        signal,
        onProgress: ({ bytes, totalBytes }) =>
          status.update(
            `${formatSize(bytes)} of ${formatSize(totalBytes)}`,
            `(${formatRate(bytes, performance.now() - start)})`,
          ),
      });
    });

    // The command's standard output is its own.
    const print = exec ? console.error : console.log;
    if (explain && !quiet) console.error(explainLoad(file));
    if (json) print(JSON.stringify(loadedAsJson(file), null, 2));
    else if (!quiet) print(summarizeLoad(file));
    if (exec) Deno.exitCode = await handOver(file, command);
    else if (!quiet) console.error("the buffer ends with this command: --exec CMD… hands it over");
  });

async function handOver({ buffer, bytes }: LoadedFile, command: string[]): Promise<number> {
  buffer.share.setInheritable(true);
  return await runCommand(command, {
    DMACOPY_FD: String(buffer.share.number),
    DMACOPY_SIZE: String(bytes),
  });
}
