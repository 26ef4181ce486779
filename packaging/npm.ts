// `deno task npm`: writes dist/dmacopy-VERSION.tgz, which `npm install -g` takes.
import { run } from "../kernel/lab/mod.ts";
import { reportError } from "../terminal/report_error.ts";
import { outputFolder, stageProgram, VERSION } from "./program.ts";

const README = `# dmacopy

Gets files into device-shareable memory (dma-buf) and back, at the disk's speed.

    npm install -g dmacopy
    dmacopy doctor
    dmacopy copy model.gguf dmabuf --verify --exec ./infer

Linux with glibc on x86_64 or aarch64. At its first use it builds a small library in C, which takes
a C compiler, xxhash.h and liburing. The lab, which builds and boots kernels, needs the whole source.
`;

/** The content of package.json; such a file in the project would change how Deno finds its packages. */
function packageJson(denoVersion: string): Record<string, unknown> {
  return {
    name: "dmacopy",
    version: VERSION,
    description: "Files into device-shareable memory (dma-buf) and back, at the disk's speed",
    license: "MIT",
    bin: { dmacopy: "dmacopy" },
    os: ["linux"],
    cpu: ["x64", "arm64"],
    libc: ["glibc"],
    dependencies: { deno: denoVersion },
  };
}

async function pack(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-npm-" });
  try {
    await stageProgram({ folder, launcher: "launchers/npm" });
    const description = JSON.stringify(packageJson(Deno.version.deno), null, 2);
    await Deno.writeTextFile(`${folder}/package.json`, `${description}\n`);
    await Deno.writeTextFile(`${folder}/README.md`, README);
    const to = await outputFolder();
    const names = await run(["npm", "pack", "--silent", "--pack-destination", to], { cwd: folder });
    return to + names.trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

try {
  console.log(await pack());
} catch (error) {
  Deno.exit(reportError(error));
}
