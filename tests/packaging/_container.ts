import { assert, assertEquals } from "@std/assert";
import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { receiveBuffers } from "../../handover/mod.ts";
import { works } from "../_works.ts";
import { output } from "./_build.ts";
import { packedRoot } from "./_roots.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SCRIPT = new URL("podman.sh", import.meta.url).pathname;
/** The owner of the folder of the sockets. */
const USER = 1234;
const WAIT_MS = 100;

/** docs/service.md's commands: one that builds, one that runs. */
async function documented(replacements: Record<string, string>): Promise<string[]> {
  const text = await Deno.readTextFile(`${ROOT}docs/service.md`);
  const commands = /^podman build [^]*?(?=^```)/m.exec(text)?.[0] ?? "";
  const here = Object.entries(replacements).reduce((all, [from, to]) => {
    assert(all.includes(from), from);
    return all.replaceAll(from, to);
  }, commands);
  return here.split(/^(?=podman run)/m);
}

/** Replacements for devices that this machine lacks, or may not use. */
function substitutes(): Record<string, string> {
  const mayLock = works("prlimit", ["--memlock=unlimited:unlimited", "true"]);
  return {
    ...exists("/dev/udmabuf") ? {} : { "/dev/udmabuf": "/dev/null" },
    ...exists("/dev/dma_heap/system") ? {} : { "/dev/dma_heap/system": "/dev/zero" },
    ...mayLock ? {} : { "--ulimit memlock=-1:-1": "" },
  };
}

/** Builds the document's container from a package, has it serve, and is its client. */
export async function serveFromContainer(deb: string): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: cacheFolder("packaging"), prefix: "podman-" });
  const short = await Deno.makeTempDir();
  const prelude = `podman() { unshare --mount sh "${SCRIPT}" "${folder}" "${short}" "$@"; }\n`;
  const sh = (script: string) => output("sh", ["-euc", prelude + script], { cwd: ROOT });
  try {
    for (const part of ["models", "sockets"]) await Deno.mkdir(`${folder}/${part}`);
    await Deno.chmod(folder, 0o755);
    await Deno.chown(`${folder}/sockets`, USER, USER);
    await Deno.writeTextFile(`${folder}/models/model.gguf`, "weights");
    const [build = "", run = ""] = await documented({
      "dmacopy_0.1.0_amd64.deb": deb.split("/").at(-1)!,
      "/srv/models": `${folder}/models`,
      "/run/models": `${folder}/sockets`,
      ...substitutes(),
    });
    for (const script of [`podman import "${await packedRoot("trixie")}" localhost/base`, build]) {
      const { code, stderr } = await sh(script);
      assertEquals(code, 0, stderr);
    }
    const running = sh(run);
    await beClient(`${folder}/sockets/model.sock`, running.then(({ stderr }) => stderr));
    await sh("podman stop model");
    const { stderr } = await running;
    assert(stderr.includes("1 client served"), stderr);
  } finally {
    await sh("podman rm --all --force");
    for (const each of [folder, short]) await Deno.remove(each, { recursive: true });
  }
}

async function beClient(socket: string, ended: Promise<string>): Promise<void> {
  let why: string | undefined;
  ended.then((stderr) => why = stderr);
  while (!exists(socket)) {
    assert(why === undefined, why);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  using received = await receiveBuffers(socket);
  const content = new Uint8Array(7);
  received.buffers[0]!.mapping.peek(0n, content);
  assertEquals(new TextDecoder().decode(content), "weights");
}
