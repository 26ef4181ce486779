import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LabError } from "../../../kernel/lab/error.ts";
import { applyPatches, parseSeries, touchedFiles } from "../../../kernel/lab/patches.ts";

const PATCH = {
  name: "kernel/series/0001-greet.patch",
  text: `diff --git a/fs/greeting.c b/fs/greeting.c
--- a/fs/greeting.c
+++ b/fs/greeting.c
@@ -1,3 +1,3 @@
 first
-hello
+good day
 last
diff --git a/fs/new.c b/fs/new.c
new file mode 100644
--- /dev/null
+++ b/fs/new.c
@@ -0,0 +1 @@
+new
`,
};

async function sourceWith(greeting: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/fs`);
  await Deno.writeTextFile(`${folder}/fs/greeting.c`, greeting);
  return folder;
}

Deno.test("parseSeries() skips comments and keeps the order", () => {
  const text = "# version 5\n0002-b.patch\n\n0001-a.patch # lab-only\n";
  assertEquals(parseSeries(text), ["0002-b.patch", "0001-a.patch"]);
});

Deno.test("parseSeries() leaves out what is for the lab or for another base", () => {
  const text = "a.patch\nb.patch # 6.12 only\nc.patch # lab-only, 7.3 only\nd.patch # of 6.12\n";
  assertEquals(parseSeries(text, { base: "7.3" }), ["a.patch", "c.patch", "d.patch"]);
  assertEquals(parseSeries(text, { base: "6.12" }), ["a.patch", "b.patch", "d.patch"]);
  assertEquals(parseSeries(text, { base: "7.3", forUpstream: true }), ["a.patch", "d.patch"]);
});

Deno.test("parseSeries() leaves out what is for another architecture", () => {
  const text = "a.patch\nb.patch # arm64 only\nc.patch # x86-64 only, 7.3 only\n";
  assertEquals(parseSeries(text, { arch: "x86-64" }), ["a.patch", "c.patch"]);
  assertEquals(parseSeries(text, { arch: "arm64", base: "6.12" }), ["a.patch", "b.patch"]);
});

Deno.test("touchedFiles() names changed and new files", () => {
  assertEquals(touchedFiles(PATCH), ["fs/greeting.c", "fs/new.c"]);
});

Deno.test("touchedFiles() refuses what is no patch", () => {
  assertThrows(() => touchedFiles({ name: "x.patch", text: "hello" }), LabError, "x.patch");
});

Deno.test("applyPatches() changes and creates files", async () => {
  const folder = await sourceWith("first\nhello\nlast\n");
  await applyPatches([PATCH], { folder, source: "Linux 6.12.1" });
  assertEquals(await Deno.readTextFile(`${folder}/fs/greeting.c`), "first\ngood day\nlast\n");
  assertEquals(await Deno.readTextFile(`${folder}/fs/new.c`), "new\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("applyPatches() names the patch, file and hunk that fail", async () => {
  const folder = await sourceWith("first\nsomething else\nlast\n");
  await assertRejects(
    () => applyPatches([PATCH], { folder, source: "Linux 6.12.118" }),
    LabError,
    "kernel/series/0001-greet.patch does not apply to Linux 6.12.118: fs/greeting.c hunk 1 (line 1)",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("applyPatches() accepts no fuzz", async () => {
  const folder = await sourceWith("changed\nhello\nlast\n");
  await assertRejects(
    () => applyPatches([PATCH], { folder, source: "Linux" }),
    LabError,
    "fs/greeting.c hunk 1",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("applyPatches() says which file is missing", async () => {
  const folder = await Deno.makeTempDir();
  await assertRejects(
    () => applyPatches([PATCH], { folder, source: "Linux" }),
    LabError,
    "fs/greeting.c is missing",
  );
  await Deno.remove(folder, { recursive: true });
});
