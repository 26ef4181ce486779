import { Command } from "@cliffy/command";
import { pathType } from "./types.ts";

/** `dmacopy inspect` */
export const inspectCommand = new Command()
  .description("List the tensors of a model file, GGUF or safetensors: name, type, shape, place.")
  .type("path", pathType)
  .arguments("<file:path>")
  .option("-j, --json", "Print them as JSON.")
  .example("dmacopy inspect model.gguf", "What can copy --tensors select?")
  .action(async ({ json }, path) => {
    const { inspectModel } = await import("../models/mod.ts");
    const { describeModel, modelAsJson } = await import("./report_model.ts");
    const model = await inspectModel(path);
    console.log(json ? JSON.stringify(modelAsJson(model), null, 2) : describeModel(model));
  });
