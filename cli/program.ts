import { Command } from "@cliffy/command";
import { CompletionsCommand } from "@cliffy/command/completions";
import { HelpCommand } from "@cliffy/command/help";
import config from "../deno.json" with { type: "json" };
import { benchCommand } from "./bench.ts";
import { captureCommand } from "./capture.ts";
import { copyCommand } from "./copy.ts";
import { doctorCommand } from "./doctor.ts";
import { inspectCommand } from "./inspect.ts";
import { labCommand } from "./lab.ts";
import { restoreCommand } from "./restore.ts";
import { snapshotCommand } from "./snapshot.ts";

/** The whole command line. */
export function program() {
  return new Command()
    .name("dmacopy")
    .version(config.version)
    .description("Gets files into device-shareable memory (dma-buf) and back, at the disk's speed.")
    .throwErrors()
    .command("copy", copyCommand)
    .command("capture", captureCommand)
    .command("snapshot", snapshotCommand)
    .command("restore", restoreCommand)
    .command("inspect", inspectCommand)
    .command("bench", benchCommand)
    .command("doctor", doctorCommand)
    .command("lab", labCommand)
    .command("completions", new CompletionsCommand())
    .command("help", new HelpCommand());
}
