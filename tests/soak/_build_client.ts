import { cacheFolder } from "../../base/cache_folder.ts";
import {
  type Compiler,
  compilerFor,
  HOST_ARCH,
  makeOnce,
  shortHash,
} from "../../kernel/lab/mod.ts";

const SOURCE = new URL("client.c", import.meta.url);
const CLIENTS = new URL("../../clients/c/", import.meta.url);

/** The client that the soak test runs in the guest, which has no libraries for it. */
export async function buildSoakClient(compiler?: Compiler): Promise<string> {
  const { command, flags } = compiler ?? await compilerFor(HOST_ARCH);
  const sources = [SOURCE, new URL("dmacopy.h", CLIENTS)];
  const text = await Promise.all(sources.map((source) => Deno.readTextFile(source)));
  return await makeOnce(
    `${cacheFolder("guest")}/soak-client-${await shortHash([...text, command, ...flags].join())}`,
    {
      what: "building the soak test's client",
      make: async (path) => {
        const ours = ["-O2", "-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror"];
        const { success, stderr } = await new Deno.Command(command, {
          args: [...flags, ...ours, `-I${CLIENTS.pathname}`, "-o", path, SOURCE.pathname],
        }).output();
        if (!success) throw new Error(new TextDecoder().decode(stderr));
      },
    },
  );
}
