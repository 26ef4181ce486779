// Clients of a server that gives them nonsense.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  acceptFrom,
  createMemfd,
  createPipe,
  listenAt,
  resize,
  sendMessage,
  SystemError,
  waitToRead,
} from "../../ffi/mod.ts";
import { inheritedBuffers, receiveBuffers } from "../../handover/mod.ts";
import { CLIENTS, output, withHanded } from "./_fixtures.ts";
import { works } from "../_works.ts";

/** Gives `message` to whoever connects while `action` runs. */
async function giveWhile(
  path: string,
  message: Parameters<typeof sendMessage>[1],
  action: () => Promise<void>,
): Promise<void> {
  using listener = listenAt(path, { mode: 0o600 });
  using wake = createPipe(4096);
  const serve = async () => {
    while (await waitToRead(listener, { wake: wake.readEnd, timeoutMs: -1 })) {
      using client = acceptFrom(listener);
      // A client that hangs up did the right thing.
      await sendMessage(client, message).catch(() => {});
    }
  };
  const served = serve();
  try {
    await action();
  } finally {
    wake.writeEnd.close();
    await served;
    await Deno.remove(path);
  }
}

Deno.test("receiveBuffers() refuses what does not end, and so do the other clients", async () => {
  await withHanded(async ({ folder }) => {
    const path = `${folder}/socket`;
    const endless = { data: new Uint8Array(65 * 2 ** 20).fill(0x20), descriptors: [] };
    await giveWhile(path, endless, async () => {
      await assertRejects(() => receiveBuffers(path), SystemError, "EMSGSIZE");
      if (works("python3")) {
        const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
        const code = "import dmacopy, sys; dmacopy.receive(sys.argv[1])";
        const { stderr } = await output("python3", ["-c", code, path], { env });
        assert(stderr.includes("too long for a manifest"), stderr);
      }
      if (works("cc")) assertEquals(await receiveInC(path), "-90\n");
    });
  });
});

/** The output of the test's client in C. */
async function receiveInC(path: string): Promise<string> {
  const client = await Deno.makeTempFile();
  try {
    const source = new URL("client.c", import.meta.url).pathname;
    await output("cc", ["-std=gnu11", `-I${CLIENTS.c}`, "-o", client, source]);
    return (await output(client, [path])).stdout;
  } finally {
    await Deno.remove(client);
  }
}

Deno.test("receiveBuffers() refuses a manifest of more than comes with it", async () => {
  await withHanded(async ({ handed, folder }) => {
    const [info] = handed.manifest.buffers;
    const give = async (buffers: unknown[], message: string) => {
      const data = new TextEncoder().encode(JSON.stringify({ dmacopy: 1, buffers }));
      const descriptors = handed.buffers.map(({ share }) => share);
      await giveWhile(`${folder}/socket`, { data, descriptors }, async () => {
        await assertRejects(() => receiveBuffers(`${folder}/socket`), TypeError, message);
      });
    };
    await give([info, info], "1 of 2 descriptors came");
    await give(
      [{ ...info, bytes: 2 ** 40, capacityBytes: 2 ** 40 }],
      "shorter than the manifest says",
    );
    await give([{ ...info, bytes: 2 ** 40 }], "outside the buffer");
    await give([{ ...info, layout: null }], "lacks a field");
  });
});

Deno.test("receiveBuffers() refuses a memfd that its sender can shrink, and so do the others", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    using memfd = createMemfd("not sealed");
    resize(memfd, handed.buffers[0]!.bytes);
    const data = new TextEncoder().encode(JSON.stringify(handed.manifest));
    await giveWhile(path, { data, descriptors: [memfd] }, async () => {
      await assertRejects(() => receiveBuffers(path), TypeError, "F_SEAL_SHRINK");
      if (works("python3")) {
        const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
        const code = "import dmacopy, sys; dmacopy.receive(sys.argv[1])";
        const { stderr } = await output("python3", ["-c", code, path], { env });
        assert(stderr.includes("it is not sealed"), stderr);
      }
      if (works("cc")) assertEquals(await receiveInC(path), "-1\n");
    });
  });
});

Deno.test("inheritedBuffers() refuses a count that is none", () => {
  Deno.env.set("LISTEN_PID", String(Deno.pid));
  try {
    for (const count of ["1e9", "-1", "4294967296", "", "x"]) {
      Deno.env.set("LISTEN_FDS", count);
      assertThrows(() => inheritedBuffers(), TypeError, "LISTEN_FDS");
    }
  } finally {
    Deno.env.delete("LISTEN_PID");
    Deno.env.delete("LISTEN_FDS");
  }
});
