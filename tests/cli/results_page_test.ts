// docs/results.md: what a result contains and what not.
import { assert, assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { dmacopy } from "./_run.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/results.md", import.meta.url));
/** Names that are nowhere else. */
const [FOLDER, FILE] = ["zwergnase", "rumpelstilz"];

/** A serial number of "0" says nothing, and is in any number. */
const MIN_SECRET_CHARS = 6;

/** All keys and texts of a document. */
function* words(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield key;
    yield* words(item);
  }
}

/** This machine's numbers and addresses, as far as they are readable. */
async function machineSecrets(): Promise<string[]> {
  const files = [
    ...["/proc/sys/kernel/random/boot_id", "/etc/machine-id"],
    ...["product_serial", "board_serial", "product_uuid"].map((id) => `/sys/class/dmi/id/${id}`),
    "/proc/device-tree/serial-number",
  ];
  const texts = await Promise.all(files.map((path) => Deno.readTextFile(path).catch(() => "")));
  const numbers = texts.map((text) => text.replaceAll("\0", "").trim());
  const addresses = Deno.networkInterfaces().flatMap(({ address, mac }) => [address, mac]);
  return [...numbers, ...addresses].filter((text) => text.length >= MIN_SECRET_CHARS);
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
    const own = [FOLDER, FILE, "dornroeschen", Deno.env.get("HOME") ?? "/root"];
    for (const secret of [...own, ...await machineSecrets()]) {
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
