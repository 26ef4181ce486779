import { Command } from "@cliffy/command";
import { pathType } from "./types.ts";
import { printJson } from "./json_error.ts";

/** `dmacopy inspect` */
export const inspectCommand = new Command()
  .description(
    "List the tensors of a GGUF or safetensors model: name, type, shape, place. For a model of several " +
      "files, give its index or one of the files.",
  )
  .type("path", pathType)
  .arguments("<file:path> [more...:path]")
  .option("-j, --json", "Print the result, or why it failed, as JSON.")
  .example("dmacopy inspect model.gguf", "List the names that copy --tensors can select.")
  .example("dmacopy inspect model.safetensors.index.json", "Show which file each tensor is in.")
  .action(async ({ json }, ...paths) => {
    const { describeTwice, inspectModels } = await import("../models/mod.ts");
    const { describeModels, modelsAsJson } = await import("./report_model.ts");
    const models = await inspectModels(paths, { onMissing: (sentence) => console.error(sentence) });
    if (json) printJson(modelsAsJson(models));
    else console.log(describeModels(models));
    const twice = describeTwice(
      models.flatMap(({ path, tensors }) => tensors.map(({ name }) => ({ name, path }))),
    );
    if (twice) console.error(twice);
  });
