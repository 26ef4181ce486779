import { assert, assertEquals, assertMatch } from "@std/assert";
import { createBuffer } from "../../copy/mod.ts";
import { library } from "../../ffi/_library.ts";
import { connectTo, type Descriptor, listenAt } from "../../ffi/mod.ts";
import { type Handed, receiveBuffers } from "../../handover/mod.ts";
import { serveWhile, withHanded } from "./_fixtures.ts";

/** Handed with so much to say that no socket holds it: who does not read it is waited for. */
function verbose(handed: Handed): Handed {
  const [info] = handed.manifest.buffers;
  return { ...handed, manifest: { dmacopy: 1, buffers: [{ ...info!, name: "x".repeat(4e6) }] } };
}

/** Takes the first of what comes, and goes with all of it. */
async function takeAndDie(client: Descriptor): Promise<void> {
  const fds = new Int32Array(254);
  assert(await library().receive_async(client.number, new Uint8Array(100), 100n, fds) > 0);
  assertEquals(fds[0], 1);
  library().close(fds[1]!);
  client.close();
}

Deno.test("serveBuffers() goes on when a client dies in the midst of it", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    const errors: (string | undefined)[] = [];
    const onClient = (_: unknown, error: Error | null) => errors.push(error?.message);
    const clients = await serveWhile(path, { ...verbose(handed), onClient }, async () => {
      for (let i = 0; i < 3; i++) await takeAndDie(connectTo(path));
      using received = await receiveBuffers(path);
      assertEquals(received.buffers.length, 1);
    });
    assertEquals([clients, errors.length, errors.filter((error) => !error).length], [1, 4, 1]);
    assertMatch(errors.find((error) => error)!, /EPIPE|ECONNRESET/);
  });
});

Deno.test("serveBuffers() serves others while one does not read, and ends without it", async () => {
  await withHanded(async ({ handed, folder }) => {
    const path = `${folder}/socket`;
    const errors: string[] = [];
    const onClient = (_: unknown, error: Error | null) => errors.push(error?.message ?? "none");
    using lazy = new DisposableStack();
    const clients = await serveWhile(path, { ...verbose(handed), onClient }, async () => {
      for (let i = 0; i < 3; i++) lazy.use(connectTo(path));
      using _received = await receiveBuffers(path);
    });
    // All four may end at once, in any order.
    const faults = errors.filter((error) => error !== "none");
    assertEquals([clients, errors.length, faults.length], [1, 4, 3]);
    // They were hung up on: nobody waited until they timed out.
    for (const fault of faults) assertMatch(fault, /EPIPE/);
  });
});

/** Runs `_serve_child.ts`, whose output lines are what it returns. */
async function child(...args: string[]): Promise<string> {
  const main = import.meta.resolve("./_serve_child.ts");
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...args],
  });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("serveBuffers() without descriptors for more clients waits for those that it has", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    const served = child("scarce", path);
    while (![...Deno.readDirSync(folder)].some(({ name }) => name === "scarce")) await pause(10);
    {
      using clients = new DisposableStack();
      for (let i = 0; i < 12; i++) clients.use(connectTo(path));
      await pause(300);
    }
    using received = await receiveBuffers(path).catch(async (cause) => {
      throw new Error(`the server ended: ${await served}`, { cause });
    });
    assertEquals(received.buffers.length, 1);
    assertEquals(await served, "1 served\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serveBuffers() serves in a folder that somebody else has locked for good", async () => {
  await withHanded(async ({ handed, folder }) => {
    using locked = Deno.openSync(folder);
    locked.lockSync(true);
    await serveWhile(`${folder}/socket`, handed, async () => {
      using _received = await receiveBuffers(`${folder}/socket`);
    });
  });
});

Deno.test("serveBuffers() of several processes takes a dead server's place once", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    listenAt(path, { mode: 0o600 }).close();
    const output = (await Promise.all([1, 2, 3].map(() => child("race", path)))).join("");
    assertEquals(output.replaceAll(/\d+ times\n/g, ""), "");
    assert([...output.matchAll(/\d+/g)].some(([times]) => Number(times) > 10), output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("receiveBuffers() notices a server that dies in the midst of it", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    using listener = listenAt(path, { mode: 0o600 });
    using buffer = createBuffer("memfd", 4096n);
    const receiving = receiveBuffers(path).then(() => "received", (error) => error.message);
    let accepted = library().accept(listener.number, 10);
    while (accepted < 0) {
      await pause(1);
      accepted = library().accept(listener.number, 10);
    }
    const half = new TextEncoder().encode('{"dmacopy":1,"buffers":[{"name":');
    library().send(accepted, half, BigInt(half.length), new Int32Array([buffer.share.number]), 1);
    library().close(accepted);
    assertMatch(await receiving, /manifest|JSON/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
