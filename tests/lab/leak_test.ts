import { assert, assertEquals } from "@std/assert";
import { type BufferKind } from "../../copy/mod.ts";
import { addSeals, allocateFromHeap } from "../../ffi/mod.ts";
import { bufferOf, copy, diskFile, PAGE, PATCHED, refusal } from "./_guest.ts";
import { assertNothingLeaked, held } from "./_held.ts";

const MIB = 2 ** 20;
const BYTES = 4 * MIB;
/** Enough for memory to show, and enough for a count of files to show. */
const [MANY_LARGE, MANY_SMALL] = [40, 400];

for (const kind of ["dmabuf", "udmabuf", "memfd"] as BufferKind[]) {
  // The lab's patch for memfds leaves a file's unaligned end out.
  const tail = kind === "memfd" ? 0 : 777;

  Deno.test({
    name: `copy_file_range() with many ${kind}s, refused copies included, leaks nothing`,
    ignore: !PATCHED,
    fn() {
      using direct = diskFile(BYTES - tail, { direct: true });
      using buffered = diskFile(BYTES - tail);
      const round = (bytes: number) => {
        using buffer = bufferOf(kind, bytes);
        for (const { file } of [direct, buffered]) {
          assertEquals(copy([file, 0], [buffer.io, 0], bytes), Math.min(bytes, BYTES - tail));
          assertEquals(copy([buffer.io, 0], [file, 0], PAGE), PAGE);
        }
        assertEquals(copy([direct.file, BYTES - PAGE], [buffer.io, 0], PAGE), PAGE - tail);
        assertEquals(refusal(() => copy([direct.file, 1], [buffer.io, 0], PAGE)), "EINVAL");
        assertEquals(refusal(() => copy([buffer.io, 0], [direct.file, 1], PAGE)), "EINVAL");
        if (!buffer.memfd) return;
        addSeals(buffer.memfd, ["future-write"]);
        assertEquals(refusal(() => copy([buffered.file, 0], [buffer.io, 0], PAGE)), "EPERM");
      };
      round(BYTES);
      const before = held();
      for (let i = 0; i < MANY_LARGE; i++) round(BYTES);
      for (let i = 0; i < MANY_SMALL; i++) round(PAGE);
      assertNothingLeaked(before);
    },
  });
}

Deno.test({
  name: "copy_file_range() of a process that is killed ends, and gives its buffer back",
  ignore: !PATCHED,
  async fn() {
    const bytes = 1024 * MIB;
    const before = held();
    {
      using dmaBuf = allocateFromHeap("system", BigInt(bytes));
      dmaBuf.setInheritable(true);
      const child = new Deno.Command("deno", {
        args: [
          ...["run", "-A", "--no-remote", "/job/copy_child.js"],
          ...["/data/model.bin", String(dmaBuf.number), String(bytes), "forever"],
        ],
        stdout: "piped",
      }).spawn();
      dmaBuf.setInheritable(false);
      const reader = child.stdout.getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "copying\n");
      dmaBuf.close();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const start = performance.now();
      child.kill("SIGKILL");
      assertEquals((await child.status).signal, "SIGKILL");
      const elapsedMs = performance.now() - start;
      assert(elapsedMs < 5000, `it took ${elapsedMs} ms to die`);
      await reader.cancel();
    }
    assertNothingLeaked(before);
  },
});
