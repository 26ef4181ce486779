import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cut } from "../../base/cut.ts";
import { exists } from "../../base/exists.ts";
import { ifThere } from "../../base/if_there.ts";
import { makeWhole } from "../../base/make_whole.ts";
import { roundUp } from "../../base/round_up.ts";
import { writeWhole } from "../../base/write_whole.ts";

async function inFolder(action: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("roundUp() gives the next multiple", () => {
  const huge = 2n ** 63n;
  assertEquals([0n, 1n, 4096n, huge + 1n].map((value) => roundUp(value, 4096n)), [
    0n,
    4096n,
    4096n,
    huge + 4096n,
  ]);
});

Deno.test("cut() gives steps that cover the whole, the last with the rest", () => {
  assertEquals([...cut(0n, 4n)], []);
  assertEquals([...cut(8n, 4n)], [{ offset: 0n, bytes: 4n }, { offset: 4n, bytes: 4n }]);
  assertEquals([...cut(5n, 4n)], [{ offset: 0n, bytes: 4n }, { offset: 4n, bytes: 1n }]);
});

Deno.test("ifThere() gives null for a missing file only", () =>
  inFolder((folder) => {
    assertEquals(ifThere(() => Deno.readTextFileSync(`${folder}/none`)), null);
    assertThrows(() => ifThere(() => Deno.readTextFileSync(folder)));
  }));

Deno.test("writeWhole() replaces a symbolic link's target, and leaves nothing else", () =>
  inFolder((folder) => {
    writeWhole(`${folder}/file`, "old");
    Deno.symlinkSync("file", `${folder}/link`);
    writeWhole(`${folder}/link`, "new");
    assertEquals(namesIn(folder), ["file", "link"]);
    assertEquals(Deno.lstatSync(`${folder}/link`).isSymlink, true);
    assertEquals(Deno.readTextFileSync(`${folder}/file`), "new");
  }));

Deno.test("writeWhole() leaves the old file where the new one can't be written", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/there`);
    assertThrows(() => writeWhole(`${folder}/there`, "text"));
    assertThrows(() => writeWhole(`${folder}/none/file`, "text"));
    assertEquals(namesIn(folder), ["there"]);
  }));

Deno.test("writeWhole() writes to an open file, such as /dev/stdout, and does not replace it", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/out`, "first\n");
    const module = new URL("../../base/write_whole.ts", import.meta.url);
    const code = `(await import("${module}")).writeWhole("/dev/stdout", "second\\n")`;
    const { success } = new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >> out', "sh", Deno.execPath(), "eval", code],
      cwd: folder,
    }).outputSync();
    assertEquals(success, true);
    assertEquals(Deno.readTextFileSync(`${folder}/out`), "first\nsecond\n");
    assertEquals(Deno.lstatSync("/dev/stdout").isSymlink, true);
  }));

Deno.test("makeWhole() removes what a killed process left, and what failed", () =>
  inFolder(async (folder) => {
    const [path, temporary] = [`${folder}/made`, `${folder}/made.tmp`];
    Deno.mkdirSync(`${temporary}/old`, { recursive: true });
    const fail = async (path: string) => {
      await Deno.mkdir(path);
      throw new Error("no space");
    };
    await assertRejects(() => makeWhole(path, fail, { temporary }), Error, "no space");
    assertEquals(namesIn(folder), []);
    await makeWhole(path, (path) => Deno.mkdir(path));
    assertEquals([namesIn(folder), exists(path)], [["made"], true]);
  }));
