import { Command } from "@cliffy/command";
import { pathType } from "./types.ts";

/** `dmacopy doctor` */
export const doctorCommand = new Command()
  .description("Say what this kernel offers, by trying; with a path, its alignment for direct I/O.")
  .type("path", pathType)
  .arguments("[path:path]")
  .option("-j, --json", "Print it as JSON.")
  .example("dmacopy doctor /models", "Also say what direct I/O on /models needs.")
  .action(async ({ json }, path) => {
    const { probe } = await import("../copy/mod.ts");
    const capabilities = probe(path === undefined ? {} : { path });
    if (json) return console.log(JSON.stringify(capabilities, null, 2));
    const { capabilityTable } = await import("./capability_table.ts");
    console.log(capabilityTable(capabilities));
  });
