import { assert, assertEquals, assertMatch } from "@std/assert";

const PROGRAM = new URL("../../cli/clean.ts", import.meta.url).pathname;
const { HOME, XDG_CACHE_HOME, DENO_DIR = `${XDG_CACHE_HOME || `${HOME}/.cache`}/deno` } = Deno.env
  .toObject();
const MIB = 2 ** 20;

/** A cache with a file of 1 MiB, a lock, and a link to a folder beside it. */
async function withCache(action: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    await Deno.mkdir(`${home}/dmacopy/guest`, { recursive: true });
    await Deno.mkdir(`${home}/other`);
    await Deno.writeTextFile(`${home}/other/kept`, "kept");
    await Deno.symlink(`${home}/other`, `${home}/dmacopy/link`);
    await Deno.writeFile(`${home}/dmacopy/guest/disk.img`, new Uint8Array(MIB).fill(1));
    await Deno.writeTextFile(`${home}/dmacopy/guest/disk.img.lock`, "");
    await action(home);
    assertEquals(await Deno.readTextFile(`${home}/other/kept`), "kept");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function clean(home: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, ...args],
    env: { XDG_CACHE_HOME: home, DENO_DIR, NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("clean lists the cache with sizes, and removes nothing without --yes", async () => {
  await withCache(async (home) => {
    const { code, out } = await clean(home);
    assertEquals(code, 0);
    assertMatch(out, /1\.0\d MiB +\S+\/dmacopy\/guest\n/);
    assertMatch(out, /--yes removes it\n$/);
    assertEquals(names(`${home}/dmacopy`), ["guest", "link"]);
    assertEquals(names(`${home}/dmacopy/guest`), ["disk.img", "disk.img.lock"]);
  });
});

Deno.test("clean --yes removes all but locks, follows no link, and counts the bytes", async () => {
  await withCache(async (home) => {
    const { code, out } = await clean(home, "--yes");
    assertEquals(code, 0);
    const [, freed] = /^(\d+) bytes freed$/m.exec(out) ?? [];
    assert(Number(freed) >= MIB && Number(freed) < 1.1 * MIB, out);
    assertEquals(names(`${home}/dmacopy`), ["guest"]);
    assertEquals(names(`${home}/dmacopy/guest`), ["disk.img.lock"]);
    assertMatch((await clean(home, "--yes")).out, /^\S+ is empty/);
  });
});

Deno.test("clean removes nothing while another process holds a lock", async () => {
  await withCache(async (home) => {
    for (const name of ["disk.img.lock", "lock"]) {
      using lock = await Deno.open(`${home}/dmacopy/guest/${name}`, { create: true, write: true });
      await lock.lock(true);
      const { code, err } = await clean(home, "--yes");
      assertEquals(code, 1);
      assertMatch(err, /^dmacopy: another process works in the cache .*lock/);
      assert(names(`${home}/dmacopy/guest`).includes("disk.img"));
    }
  });
});

Deno.test("clean refuses arguments that it doesn't know, and takes a missing cache", async () => {
  await withCache(async (home) => {
    const { code, err } = await clean(home, "--yse");
    assertEquals([code, names(`${home}/dmacopy`)], [1, ["guest", "link"]]);
    assertMatch(err, /"--yse" is unknown/);
    assertEquals((await clean(`${home}/missing`, "--yes")).code, 0);
  });
});
