import { cacheFolder } from "../../base/cache_folder.ts";
import { makeOnce, shortHash } from "../../kernel/lab/mod.ts";

const SOURCE = new URL("client.c", import.meta.url);
const CLIENTS = new URL("../../clients/", import.meta.url);

/** The client that the soak test runs in the guest, which has no libraries for it. */
export async function buildSoakClient(): Promise<string> {
  const sources = [SOURCE, new URL("dmacopy.h", CLIENTS)];
  const text = await Promise.all(sources.map((source) => Deno.readTextFile(source)));
  return await makeOnce(
    `${cacheFolder("guest")}/soak-client-${await shortHash(text.join())}`,
    {
      what: "building the soak test's client",
      make: async (path) => {
        const flags = ["-O2", "-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror"];
        const { success, stderr } = await new Deno.Command("gcc", {
          args: [...flags, `-I${CLIENTS.pathname}`, "-o", path, SOURCE.pathname],
        }).output();
        if (!success) throw new Error(new TextDecoder().decode(stderr));
      },
    },
  );
}
