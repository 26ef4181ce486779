import { cacheFolder } from "../../base/cache_folder.ts";
import {
  type Arch,
  compilerIn,
  debianRoot,
  makeOnce,
  type OnProgress,
  run,
  shortHash,
} from "../../kernel/lab/mod.ts";

const CLIENTS = new URL("../../clients/", import.meta.url).pathname;
const SOURCES = [
  "c/dmacopy.h",
  ...["Makefile", "compute.h", "sum.comp", "sum_tensor.c"].map((name) => `vulkan/${name}`),
];
/** The first release whose lavapipe imports dma-bufs. */
const SUITE = "trixie";
/** Vulkan on the CPU, and what a program for it is compiled with. */
const PACKAGES = ["mesa-vulkan-drivers", "libvulkan-dev", "libjson-c-dev", "libc6-dev"];

/** The inputs of the Vulkan tests in the guest: a root of Debian, and a program that runs in it. */
export interface VulkanInputs {
  root: string;
  program: string;
}

/** Makes them, once. */
export async function makeVulkanInputs(
  arch: Arch,
  onProgress?: OnProgress,
): Promise<VulkanInputs> {
  const root = await debianRoot(PACKAGES, { suite: SUITE, arch, onProgress });
  const { command, flags } = compilerIn(root, arch);
  const compiler = [command, ...flags].join(" ");
  const texts = await Promise.all(SOURCES.map((name) => Deno.readTextFile(CLIENTS + name)));
  const key = await shortHash([...texts, root, compiler].join("\0"));
  const program = await makeOnce(`${cacheFolder("guest")}/sum_tensor-${key}`, {
    what: "building clients/vulkan",
    onProgress,
    async make(path) {
      const folder = await Deno.makeTempDir();
      try {
        for (const name of ["c", "vulkan"]) await Deno.mkdir(`${folder}/${name}`);
        for (const [i, name] of SOURCES.entries()) {
          await Deno.writeTextFile(`${folder}/${name}`, texts[i]!);
        }
        const strict = "CFLAGS=-O2 -Wall -Wextra -Werror";
        await run(["make", "-s", "-C", `${folder}/vulkan`, `CC=${compiler}`, strict]);
        await Deno.copyFile(`${folder}/vulkan/sum_tensor`, path);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
  return { root, program };
}
