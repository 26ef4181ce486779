// Started by who listens already and waits to be told, as systemd does.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Descriptor, listenAt, spawn, SystemError, waitFor } from "../../ffi/mod.ts";
import { notifyReady, receiveBuffers, type ReceivedBuffers } from "../../handover/mod.ts";
import { output } from "./_fixtures.ts";
import { works } from "../_works.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    await Deno.writeTextFile(`${folder}/model.bin`, "weights");
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `copy --serve` for one client, with sockets as its descriptors from 3 on. */
async function whileActivated(
  { folder, path, sockets }: { folder: string; path: string; sockets: Descriptor[] },
  action: () => Promise<void>,
): Promise<number> {
  const copy = ["copy", `${folder}/model.bin`, "memfd", "--quiet", "--serve", path];
  const pid = spawn([Deno.execPath(), "run", "-A", MAIN, ...copy, "--max-clients", "1"], {
    env: { ...Deno.env.toObject(), INIT_CWD: "", LISTEN_FDS: String(sockets.length) },
    descriptors: sockets,
  });
  const ended = waitFor(pid).async();
  try {
    await action();
    return Number(await ended);
  } catch (error) {
    Deno.kill(pid, "SIGKILL");
    await ended;
    throw error;
  }
}

/** Tries until the server, which a busy machine may start late, has buffers: `code` says it has none yet. */
async function receiveAtLast(path: string, code: string): Promise<ReceivedBuffers> {
  for (;;) {
    try {
      return await receiveBuffers(path);
    } catch (error) {
      if (!(error instanceof SystemError && error.code === code)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

Deno.test("copy --serve takes the socket of its path that it is started with, and leaves it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/socket`;
    using other = listenAt(`${folder}/other`, { mode: 0o600 });
    using socket = listenAt(path, { mode: 0o600 });
    const { ino } = Deno.lstatSync(path);
    const status = await whileActivated({ folder, path, sockets: [other, socket] }, async () => {
      // It waits at the socket from the beginning on, and gives up after ten seconds.
      using received = await receiveAtLast(path, "EAGAIN");
      const content = new Uint8Array(7);
      received.buffers[0]!.mapping.peek(0n, content);
      assertEquals(new TextDecoder().decode(content), "weights");
    });
    assertEquals(status, 0);
    assertEquals(Deno.lstatSync(path).ino, ino);
  });
});

Deno.test("copy --serve listens itself where no socket that it is started with has its path", async () => {
  await withFolder(async (folder) => {
    using other = listenAt(`${folder}/other`, { mode: 0o600 });
    const path = `${folder}/socket`;
    const status = await whileActivated({ folder, path, sockets: [other] }, async () => {
      using _received = await receiveAtLast(path, "ENOENT");
    });
    assertEquals(status, 0);
    await assertRejects(() => receiveBuffers(path), SystemError, "ENOENT");
  });
});

/** Prints the datagram that comes to a socket which it makes. */
const LISTENER = `import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.bind(sys.argv[1].replace("@", "\\0", 1))
    s.settimeout(60)
    print("bound", flush=True)
    print(s.recv(4096).decode())
`;

Deno.test({
  name: "copy --serve tells who started it when it is ready",
  ignore: !works("python3"),
  async fn() {
    await withFolder(async (folder) => {
      for (const notify of [`${folder}/notify`, `@dmacopy-test-${crypto.randomUUID()}`]) {
        const listener = new Deno.Command("python3", {
          args: ["-c", LISTENER, notify],
          stdout: "piped",
        }).spawn();
        const chunks = listener.stdout.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        while (text !== "bound\n") text += (await chunks.read()).value;
        const path = `${folder}/socket`;
        const args = [
          "copy",
          `${folder}/model.bin`,
          "memfd",
          "-q",
          "--serve",
          path,
          "--until",
          "1s",
        ];
        const env = { INIT_CWD: "", NOTIFY_SOCKET: notify };
        const served = await output(Deno.execPath(), ["run", "-A", MAIN, ...args], { env });
        assertEquals([served.code, served.stderr], [0, ""]);
        for (let next = await chunks.read(); !next.done; next = await chunks.read()) {
          text += next.value;
        }
        assertEquals(text, `bound\nREADY=1\nSTATUS=serving 7 B at ${path}\n`);
        await listener.status;
      }
    });
  },
});

Deno.test("notifyReady() says so where nobody listens, and is silent where nobody wants it", () => {
  const before = Deno.env.get("NOTIFY_SOCKET");
  try {
    Deno.env.delete("NOTIFY_SOCKET");
    notifyReady("nobody asks");
    Deno.env.set("NOTIFY_SOCKET", `/tmp/${crypto.randomUUID()}`);
    assertThrows(() => notifyReady("nobody is there"), SystemError, "ENOENT");
  } finally {
    if (before === undefined) Deno.env.delete("NOTIFY_SOCKET");
    else Deno.env.set("NOTIFY_SOCKET", before);
  }
});
