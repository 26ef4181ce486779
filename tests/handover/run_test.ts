import { assertEquals, assertRejects } from "@std/assert";
import { inheritedBuffers, runWithBuffers } from "../../handover/mod.ts";
import { CLIENTS, withHanded } from "./_fixtures.ts";
import { works } from "../_works.ts";

Deno.test("runWithBuffers() returns the status, and 128 and a signal's number", async () => {
  await withHanded(async ({ handed }) => {
    assertEquals(await runWithBuffers(["sh", "-c", "exit 7"], handed), 7);
    assertEquals(await runWithBuffers(["sh", "-c", "kill -9 $$"], handed), 137);
    // Signals that this process ignores end it.
    assertEquals(await runWithBuffers(["sh", "-c", "kill -PIPE $$"], handed), 141);
    assertEquals(await runWithBuffers(["sh", "-c", "kill -XFSZ $$"], handed), 153);
    await assertRejects(
      () => runWithBuffers(["no-such-program"], handed),
      Error,
      "can't run no-such-",
    );
    await assertRejects(() => runWithBuffers(["/etc/passwd"], handed), Error, "EACCES");
  });
});

Deno.test("runWithBuffers() gives the program descriptors as sd_listen_fds(3) reads them", async () => {
  await withHanded(async ({ handed, data, folder }) => {
    const buffers = [...handed.buffers, ...handed.buffers];
    const manifest = {
      dmacopy: 1 as const,
      buffers: [
        { ...handed.manifest.buffers[0]!, name: "a:ü b" },
        { ...handed.manifest.buffers[0]!, name: "c" },
      ],
    };
    const script = '[ "$LISTEN_PID" = $$ ] && ' +
      `echo "$LISTEN_FDS $LISTEN_FDNAMES $DMACOPY_FD $DMACOPY_SIZE" > "${folder}/env" && ` +
      `cmp /proc/self/fd/3 /proc/self/fd/4 && head -c 9 <&4 > "${folder}/head" && ` +
      // Nothing else is handed over.
      `readlink /proc/$$/fd/* | grep -c memfd > "${folder}/memfds" && ` +
      `cat "/proc/self/fd/$DMACOPY_MANIFEST" > "${folder}/manifest" && ` +
      `! { echo x > "/proc/self/fd/$DMACOPY_MANIFEST"; } 2> /dev/null`;
    try {
      assertEquals(await runWithBuffers(["sh", "-c", script], { buffers, manifest }), 0);
      const size = data.length;
      assertEquals(Deno.readTextFileSync(`${folder}/env`), `2 a__ b:c 3 4 ${size} ${size}\n`);
      assertEquals(Deno.readFileSync(`${folder}/head`), data.subarray(0, 9));
      assertEquals(Deno.readTextFileSync(`${folder}/memfds`), "3\n");
      assertEquals(JSON.parse(Deno.readTextFileSync(`${folder}/manifest`)), manifest);
    } finally {
      for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
    }
  });
});

Deno.test({
  name: "dmacopy.py finds what it was started with",
  ignore: !works("python3"),
  async fn() {
    await withHanded(async ({ handed, data }) => {
      const code =
        `import sys; sys.path.insert(0, "${CLIENTS.python}"); sys.dont_write_bytecode = True
import dmacopy
[buffer] = dmacopy.inherited()
assert buffer.info["verified"] and buffer.info["layout"], buffer.info
with buffer.reading() as memory:
    sys.exit(0 if memory.tobytes().hex() == "${data.subarray(0, 1000).toHex()}" else 1)`;
      const [info] = handed.manifest.buffers;
      const part = {
        ...handed,
        manifest: {
          dmacopy: 1 as const,
          buffers: [{ ...info!, bytes: 1000, layout: [{ ...info!.layout[0]!, bytes: 1000 }] }],
        },
      };
      assertEquals(await runWithBuffers(["python3", "-c", code], part), 0);
    });
  },
});

Deno.test("inheritedBuffers() finds what the program was started with", async () => {
  await withHanded(async ({ handed, data }) => {
    const module = new URL("../../handover/mod.ts", import.meta.url).href;
    const code = `import { inheritedBuffers } from "${module}";
      using inherited = inheritedBuffers();
      const content = new Uint8Array(1000);
      inherited.buffers[0].mapping.peek(0n, content);
      const isSame = content.toHex() === "${data.subarray(0, 1000).toHex()}";
      const isKnown = inherited.manifest.buffers[1].verified;
      Deno.exit(isSame && isKnown && inherited.buffers.length === 2 ? 0 : 1);`;
    const [buffer] = handed.buffers;
    const [info] = handed.manifest.buffers;
    const twice = {
      buffers: [buffer!, buffer!],
      manifest: { dmacopy: 1 as const, buffers: [info!, info!] },
    };
    assertEquals(await runWithBuffers([Deno.execPath(), "eval", code], twice), 0);
    assertEquals(inheritedBuffers().buffers, []);
  });
});
