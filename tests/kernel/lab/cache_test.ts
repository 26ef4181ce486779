import { assertEquals, assertRejects } from "@std/assert";
import { exists } from "../../../base/exists.ts";
import { makeOnce } from "../../../kernel/lab/cache.ts";

Deno.test("makeOnce() makes a file once, also for two callers at a time", async () => {
  const folder = await Deno.makeTempDir();
  let made = 0;
  const make = async (path: string) => {
    made++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Deno.writeTextFile(path, "done");
  };
  const path = `${folder}/file`;
  const once = () => makeOnce(path, { what: "a file", make });
  assertEquals(await Promise.all([once(), once()]), [path, path]);
  assertEquals(await once(), path);
  assertEquals([made, await Deno.readTextFile(path)], [1, "done"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("makeOnce() leaves nothing of what failed", async () => {
  const folder = await Deno.makeTempDir();
  const make = async (path: string) => {
    await Deno.writeTextFile(path, "half");
    throw new Error("no space");
  };
  await assertRejects(
    () => makeOnce(`${folder}/file`, { what: "a file", make }),
    Error,
    "no space",
  );
  assertEquals([exists(`${folder}/file`), exists(`${folder}/file.tmp`)], [
    false,
    false,
  ]);
  await Deno.remove(folder, { recursive: true });
});
