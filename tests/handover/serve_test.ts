import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createBuffer } from "../../copy/mod.ts";
import { connectTo, listenAt, SystemError } from "../../ffi/mod.ts";
import {
  checkSocketPath,
  type ManifestBuffer,
  receiveBuffers,
  serveBuffers,
  type SocketAccess,
} from "../../handover/mod.ts";
import { CLIENTS, output, serveWhile, withHanded } from "./_fixtures.ts";
import { works } from "../_works.ts";

Deno.test("serveBuffers() gives each client the buffers and what is in them", async () => {
  await withHanded(async ({ handed, data, folder }) => {
    const path = `${folder}/socket`;
    const clients = await serveWhile(path, handed, async () => {
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      for (let i = 0; i < 2; i++) {
        using received = await receiveBuffers(path);
        assertEquals(received.manifest, handed.manifest);
        const content = new Uint8Array(data.length);
        received.buffers[0]!.mapping.peek(0n, content);
        assertEquals(content, data);
      }
    });
    assertEquals(clients, 2);
  });
});

Deno.test("serveBuffers() hands out more descriptors than a message carries", async () => {
  await withHanded(async ({ folder, handed }) => {
    using stack = new DisposableStack();
    const buffers = Array.from({ length: 260 }, () => stack.use(createBuffer("memfd", 65536n)));
    const [info] = handed.manifest.buffers;
    const sizes = { bytes: 4096, capacityBytes: 65536, layout: [] };
    const infos = buffers.map((_, i): ManifestBuffer => ({ ...info!, ...sizes, name: String(i) }));
    const many = { buffers, manifest: { dmacopy: 1 as const, buffers: infos } };
    await serveWhile(`${folder}/socket`, many, async () => {
      using received = await receiveBuffers(`${folder}/socket`);
      const inodes = (list: typeof buffers) =>
        list.map(({ share }) => Deno.statSync(`/proc/self/fd/${share.number}`).ino);
      assertEquals(inodes([...received.buffers]), inodes(buffers));
    });
  });
});

Deno.test("serveBuffers() ends after maxClients, and counts only who got all", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    const errors: (Error | null)[] = [];
    const options = {
      ...handed,
      maxClients: 1,
      onClient: (_: unknown, e: Error | null) => errors.push(e),
    };
    const clients = await serveWhile(path, options, async () => {
      connectTo(path).close();
      using _received = await receiveBuffers(path);
    });
    assertEquals(clients, 1);
    const [fault, ...others] = errors.filter((error) => error !== null);
    assert(fault instanceof SystemError, "who did not read");
    assertEquals([errors.length, others.length], [2, 0]);
  });
});

Deno.test("serveBuffers() ends at its time", async () => {
  await withHanded(async ({ handed, folder }) => {
    const untilMs = Date.now() + 50;
    assertEquals(await serveBuffers(`${folder}/socket`, { ...handed, untilMs }), 0);
    assert(Date.now() >= untilMs);
  });
});

Deno.test("serveBuffers() takes the place of a dead server, not of one that lives", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    // Closing a listener leaves its name behind, as a crash does.
    listenAt(path, { mode: 0o600 }).close();
    await Deno.stat(path);
    await serveWhile(path, handed, async () => {
      await assertRejects(() => serveBuffers(path, handed), Error, "another server listens at");
      using _received = await receiveBuffers(path);
    });
    await Deno.writeTextFile(path, "mine");
    await assertRejects(() => serveBuffers(path, handed), Error, "exists and is not a socket");
    assertEquals(await Deno.readTextFile(path), "mine");
    await Deno.remove(path);
    const long = `${folder}/${"x".repeat(100)}`;
    await assertRejects(() => serveBuffers(long, handed), SystemError, "ENAMETOOLONG");
    assertThrows(() => checkSocketPath(long), SystemError, "ENAMETOOLONG");
    checkSocketPath(path);
  });
});

Deno.test({
  name: "serveBuffers() gives nothing to another user, even if the socket lets it in (as root)",
  ignore: Deno.uid() !== 0 || !works("python3"),
  async fn() {
    await withHanded(async ({ handed, folder }) => {
      const path = `${folder}/socket`;
      const errors: string[] = [];
      const onClient = (_: unknown, error: Error | null) => errors.push(error?.message ?? "");
      const code = "import os, sys, socket; s = socket.socket(socket.AF_UNIX); " +
        "os.setgid(65534); os.setuid(65534); " +
        "s.connect(sys.argv[1]); print(s.recv(9))";
      const clients = await serveWhile(path, { ...handed, onClient }, async () => {
        await Deno.chmod(folder, 0o755);
        const shut = await output("python3", ["-c", code, path]);
        assert(shut.stderr.includes("PermissionError"), shut.stderr);
        await Deno.chmod(path, 0o666);
        const open = await output("python3", ["-c", code, path]);
        assertEquals(open.stdout, "b''\n");
      });
      assertEquals([clients, errors], [0, ["user 65534 is neither the server's user nor root"]]);
    });
  },
});

Deno.test({
  name: "serveBuffers() gives to members of its group, and to nobody else (as root)",
  ignore: Deno.uid() !== 0 || !works("python3"),
  async fn() {
    await withHanded(async ({ handed, folder }) => {
      const path = `${folder}/socket`;
      const group = 54321;
      const connect = async (groups: string, mode = 0o660) => {
        const errors: string[] = [];
        const onClient = (_: unknown, error: Error | null) => errors.push(error?.message ?? "");
        const code =
          `import os, sys; sys.path.insert(0, "${CLIENTS.python}"); sys.dont_write_bytecode = True
import dmacopy
os.setgroups([${groups}]); os.setgid(65534); os.setuid(65534)
print(len(dmacopy.receive(sys.argv[1])))`;
        let said = "";
        await serveWhile(path, { ...handed, group, mode, onClient }, async () => {
          await Deno.chmod(folder, 0o755);
          const { gid } = Deno.statSync(path);
          assertEquals(gid, group);
          // A client that the file admits by mistake is still refused.
          await Deno.chmod(path, 0o666);
          const { stdout, stderr } = await output("python3", ["-c", code, path]);
          said = stdout || stderr.trim().split("\n").at(-1)!;
        });
        return [said, ...errors];
      };
      assertEquals(await connect(String(group)), ["1\n", ""]);
      assertEquals(await connect("54322, 54321"), ["1\n", ""]);
      const [said, error] = await connect("54322");
      assertEquals([error, /refuses this client/.test(said!)], [
        "user 65534 is not in group 54321",
        true,
      ]);
      assertEquals(await connect("54322", 0o666), ["1\n", ""]);
    });
  },
});

Deno.test("serveBuffers() gives its socket the mode that is asked for", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    const modeWith = async (options: SocketAccess) => {
      let mode = 0;
      await serveWhile(path, { ...handed, ...options }, () => {
        mode = Deno.statSync(path).mode! & 0o777;
        return Promise.resolve();
      });
      return mode;
    };
    const group = Deno.gid()!;
    assertEquals(await modeWith({}), 0o600);
    assertEquals(await modeWith({ group }), 0o660);
    assertEquals(await modeWith({ group, mode: 0o620 }), 0o620);
    assertEquals(await modeWith({ mode: 0o666 }), 0o666);
  });
});

Deno.test("checkSocketPath() tries beside the path, where clients may wait for it", async () => {
  await withHanded(({ folder }) => {
    const names: string[] = [];
    const { chmodSync } = Deno;
    Deno.chmodSync = (path, mode) => {
      assert(Deno.lstatSync(path).isSocket);
      names.push(...[...Deno.readDirSync(folder)].map(({ name }) => name));
      chmodSync(path, mode);
    };
    const longest = "s".repeat(107 - new TextEncoder().encode(`${folder}/`).length);
    try {
      for (const name of ["s", longest]) checkSocketPath(`${folder}/${name}`, { mode: 0o666 });
    } finally {
      Deno.chmodSync = chmodSync;
    }
    assertEquals(names.length, 2, "one at a time");
    assertEquals(names.filter((name) => name === "s" || name === longest), []);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), []);
    listenAt(`${folder}/s`, { mode: 0o600 }).close();
    checkSocketPath(`${folder}/s`);
    assertEquals([...Deno.readDirSync(folder)], [], "a dead server's socket");
    return Promise.resolve();
  });
});

Deno.test("checkSocketPath() refuses a group that the file can't be given to, and leaves nothing", async () => {
  await withHanded(({ folder }) => {
    const { chownSync } = Deno;
    Deno.chownSync = () => {
      throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
    };
    try {
      assertThrows(
        () => checkSocketPath(`${folder}/socket`, { group: 54321 }),
        Error,
        "to group 54321: only root and the group",
      );
    } finally {
      Deno.chownSync = chownSync;
    }
    return Promise.resolve();
  });
});

Deno.test({
  name: "dmacopy.py gets the buffers, and says what is wrong",
  ignore: !works("python3"),
  async fn() {
    await withHanded(async ({ handed, data, folder }) => {
      const path = `${folder}/socket`;
      const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
      const run = (code: string) =>
        output("python3", ["-c", `import dmacopy, sys\n${code}`, path], { env });
      await serveWhile(path, handed, async () => {
        const { stdout, stderr } = await run(`
with dmacopy.receive(sys.argv[1]) as buffers:
    [buffer] = buffers
    with buffer.reading() as memory:
        sys.stdout.write(memory.tobytes().hex())`);
        assertEquals([stderr, stdout], ["", data.toHex()]);
      });
      assert((await run("dmacopy.receive(sys.argv[1])")).stderr.includes("FileNotFoundError"));
      assertEquals((await run("print(dmacopy.inherited())")).stdout, "[]\n");
    });
  },
});

Deno.test({
  name: "dmacopy.h gets the buffers, and returns what is wrong",
  ignore: !works("cc"),
  async fn() {
    await withHanded(async ({ handed, data, folder }) => {
      const path = `${folder}/socket`;
      const build = await Deno.makeTempDir();
      try {
        const source = new URL("client.c", import.meta.url).pathname;
        const flags = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", `-I${CLIENTS.c}`];
        const built = await output("cc", [...flags, "-o", `${build}/client`, source]);
        assertEquals(built, { code: 0, stdout: "", stderr: "" });
        await serveWhile(path, handed, async () => {
          const { stdout } = await output(`${build}/client`, [path, String(data.length)]);
          const [manifest = "", sum = ""] = stdout.trim().split("\n");
          assertEquals(JSON.parse(manifest), handed.manifest);
          assertEquals(Number(sum), data.reduce((all, byte) => all + byte, 0));
        });
        assertEquals((await output(`${build}/client`, [path, "0"])).stdout, "-2\n");
      } finally {
        await Deno.remove(build, { recursive: true });
      }
    });
  },
});
