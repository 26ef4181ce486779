/** `_serve_child.ts scarce|race SOCKET`: a server in trouble, which prints how it went. */
import { createBuffer } from "../../copy/mod.ts";
import { listenAt } from "../../ffi/mod.ts";
import { serveBuffers } from "../../handover/mod.ts";

const ROUNDS = 150;
const [how, path = ""] = Deno.args;
using buffer = createBuffer("memfd", 65536n);
const info = { name: "x".repeat(1e6), kind: "memfd" as const, bytes: 1, capacityBytes: 65536 };
const handed = {
  buffers: [buffer],
  manifest: {
    dmacopy: 1 as const,
    buffers: [{ ...info, verified: false, xxh64: null, layout: [] }],
  },
};

if (how === "scarce") await serveWithFewDescriptors();
else await compete();

async function serveWithFewDescriptors(): Promise<void> {
  haveDenoReady();
  const onListening = () => {
    const limit = `--nofile=${thirdFree()}:${thirdFree()}`;
    new Deno.Command("prlimit", { args: ["--pid", `${Deno.pid}`, limit] }).outputSync();
    Deno.writeTextFileSync(`${path.replace(/[^/]*$/, "")}scarce`, "");
  };
  const end = new AbortController();
  const onClient = (_: unknown, error: Error | null) => error ?? end.abort();
  const { signal } = end;
  console.log(`${await serveBuffers(path, { ...handed, onListening, onClient, signal })} served`);
}

/**
 * Deno takes descriptors for signals within its first second, and panics where it gets none; a
 * listener for one, as the command line has, makes it take them at once.
 */
function haveDenoReady(): void {
  const ignore = () => {};
  Deno.addSignalListener("SIGTERM", ignore);
  Deno.removeSignalListener("SIGTERM", ignore);
}

/** The third number that no descriptor of this process has. */
function thirdFree(): number {
  const taken = new Set([...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)));
  let number = 0;
  for (let free = 0; free < 3; number++) if (!taken.has(number)) free++;
  return number;
}

/** Takes turns with its like; nobody may take the place of one that lives. */
async function compete(): Promise<void> {
  let times = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const end = new AbortController();
    const onListening = () => {
      times++;
      const { ino } = Deno.lstatSync(path);
      setTimeout(() => {
        if (Deno.lstatSync(path).ino !== ino) console.log("another took the place");
        end.abort();
      }, 1);
    };
    try {
      await serveBuffers(path, { ...handed, onListening, signal: end.signal });
      // As a crash leaves it.
      listenAt(path, { mode: 0o600 }).close();
    } catch (error) {
      if (!/another server listens|EADDRINUSE/.test(String(error))) throw error;
    }
  }
  console.log(`${times} times`);
}
