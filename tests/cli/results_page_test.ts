// docs/results.md: what a result contains and what not.
import { assert, assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { dmacopy } from "./_run.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/results.md", import.meta.url));
/** Names that are nowhere else. */
const [FOLDER, FILE] = ["zwergnase", "rumpelstilz"];

/** All keys and texts of a document. */
function* words(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield key;
    yield* words(item);
  }
}

Deno.test("a result has no host name, user, serial number, address or path", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: `dmacopy-${FOLDER}-` });
  try {
    await Deno.writeFile(`${folder}/${FILE}.bin`, new Uint8Array(2 ** 20));
    const json = `${folder}/result.json`;
    const { code, stderr } = await dmacopy([
      ...["bench", "--host", "--rows", "all", "--runs", "1", "--size", "1MiB", "--chunk", "1MiB"],
      ...["--file", `${folder}/${FILE}.bin`, "--json", json, "--quiet"],
    ], { env: { USER: "dornroeschen", LOGNAME: "dornroeschen" } });
    assertEquals([code, stderr], [0, ""]);
    const document = JSON.parse(await Deno.readTextFile(json));
    const all = [...words(document)];
    for (const secret of [FOLDER, FILE, "dornroeschen", Deno.env.get("HOME") ?? "/root"]) {
      assertEquals(all.filter((text) => text.includes(secret)), [], secret);
    }
    assertEquals(all.filter((text) => text === hostname()), []);
    // Files of /proc and /sys, by which a setting is changed, are the same on all machines.
    const paths = all.flatMap((text) => text.match(/(?<![\w/])\/[\w.-]+\/[\w./-]*/g) ?? []);
    assertEquals(paths.filter((path) => !/^\/(proc|sys|dev)\/(?!fs\/cgroup)/.test(path)), []);
    const known = [
      ...["architecture", "cachesDropped", "clock", "commit", "cpu", "date", "device"],
      ...["filesystem", "kernel", "memoryBytes", "series"],
    ];
    assertEquals(Object.keys(document.environment).sort(), known, "tell of it in docs/results.md");
    assert(PAGE.includes("no host name, user, serial number, address or path"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
