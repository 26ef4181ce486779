import { assertEquals, assertMatch } from "@std/assert";
import { receiveBuffers } from "../../handover/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { serveWhile, withHanded } from "../handover/_fixtures.ts";
import { dmacopy, startDmacopy } from "./_run.ts";

Deno.test("dmacopy snapshot keeps what a server holds, and dmacopy restore hands it out", async () => {
  const before = openDescriptors();
  await withHanded(async ({ handed, data, folder }) => {
    const [socket, kept] = [`${folder}/socket`, `${folder}/kept`];
    try {
      await serveWhile(socket, handed, async () => {
        const saved = await dmacopy(["snapshot", socket, kept]);
        assertMatch(saved.stdout, /^195 KiB in .*, 1 buffer in \S+, .* write, .*, verified\n$/);
        assertEquals([saved.code, saved.stderr], [0, ""]);
        const again = await dmacopy(["snapshot", socket, kept]);
        assertMatch(again.stderr, /^dmacopy: \S+ exists: choose another folder\n$/);
      });
      using expected = randomFile(0);
      Deno.writeFileSync(expected.path, data);
      const compare = `cmp <(head -c "$DMACOPY_SIZE" <&3) ${expected.path} && echo same`;
      const restored = await dmacopy(["restore", kept, "--exec", "bash", "-c", compare]);
      assertEquals([restored.code, restored.stdout], [0, "same\n"]);
      assertMatch(restored.stderr, /1 buffer of 20\d\d-.*, verified\n$/);
      const served = dmacopy(["restore", kept, "--serve", socket, "--max-clients", "1", "--json"]);
      assertMatch((await served).stderr, /unknown option "--json"/i);
      await using serving = startDmacopy([
        ...["restore", kept, "--serve", socket, "--mode", "660", "--max-clients", "1"],
      ]);
      // Whether the path can be listened at is tried before: by now it is the server's own socket.
      await serving.line(/^.*, verified$/m);
      while (!Deno.readDirSync(folder).some(({ name }) => name === "socket")) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assertEquals(Deno.statSync(socket).mode! & 0o777, 0o660);
      using received = await receiveBuffers(socket);
      assertEquals(received.manifest.buffers[0]?.verified, true);
      assertEquals(await serving.end(), 0);
    } finally {
      await Deno.remove(kept, { recursive: true });
    }
  });
  assertNoneLeft(before);
});

Deno.test("dmacopy restore and snapshot say in a line what is wrong", async () => {
  const wrong = [
    [["restore", "/var/tmp"], /write --serve SOCKET, --hold or --exec/],
    [["restore", "/var/tmp", "--hold"], /\/var\/tmp is not a snapshot/],
    [["restore", "/var/tmp", "--hold", "--group", "0"], /--group is for --serve/],
    [["restore"], /missing.*dir/i],
    [["snapshot", "/var/tmp/nobody.sock", "/var/tmp/x"], /nobody\.sock/],
    [["snapshot", "a"], /missing.*dir/i],
  ] as const;
  for (const [args, pattern] of wrong) {
    const { code, stdout, stderr } = await dmacopy([...args]);
    assertMatch(stderr, /^dmacopy: [^\n]+\n$/);
    assertMatch(stderr, pattern);
    assertEquals([stdout, code === 0], ["", false]);
  }
});
