import { seededRandom } from "../../bench/statistics.ts";
import { mappingsOf } from "../ffi/_fixtures.ts";
import { held } from "../lab/_held.ts";
import { serveClients } from "./_clients.ts";
import { Copies } from "./_copies.ts";

const AT_ONCE = 8;
const MIB = 2 ** 20;
/** Enough for what is kept for good to be there: threads, caches, code. */
const WARM_UP = 80;
/** The difference that is not a leak: the kernel's caches, and this process' own memory. */
const SLACK_BYTES = 48 * MIB;
const SLACK_OWN_BYTES = 128 * MIB;

/** Options of {@linkcode soak}. */
export interface SoakOptions {
  copies: number;
  clients: number;
  seed: number;
  log: (line: string) => void;
}

/** Copies, serves, and sees whether all that was taken is given back. Returns what failed. */
export async function soak(options: SoakOptions): Promise<{ passed: number; failures: string[] }> {
  const { copies: count, clients: clientCount, seed, log } = options;
  const random = seededRandom(seed);
  const kernel = Deno.osRelease();
  log(`${kernel}: ${count} copies and ${clientCount} clients, seed ${seed}`);
  const failures: string[] = [];
  let passed = 0;
  {
    const start = performance.now();
    using copies = new Copies(random);
    await copies.run(Math.min(WARM_UP, count), AT_ONCE);
    const before = state();
    await copies.run(count, AT_ONCE);
    const { loads, saves, stopped, bytes, ways, failures: failed } = copies.tally;
    log(
      `${loads} loads and ${saves} saves by ${ways.size} ways, ${AT_ONCE} at a time: ` +
        `${
          Math.round(bytes / MIB)
        } MiB, ${stopped} stopped in the midst, ${failed.length} failed, in ` +
        `${Math.round((performance.now() - start) / 1000)} s`,
    );
    passed += copies.count - failed.length;
    failures.push(...failed);
    for (const [what, isSame, text] of compare(before, state())) {
      log(`${what}: ${text}`);
      if (isSame) passed++;
      else failures.push(`${what} leak: ${text}`);
    }
  }
  const served = await serveClients(clientCount, random);
  log(`${served.clients} clients at once: ${served.whole} got all, ${served.died} died`);
  passed += served.whole + served.died;
  failures.push(...served.failures);
  return { passed, failures };
}

interface State extends ReturnType<typeof held> {
  /** This process' anonymous memory. */
  ownBytes: number;
  /** Mappings of memfds and dma-bufs. */
  mappings: number;
}

function state(): State {
  const status = Deno.readTextFileSync("/proc/self/status");
  const ownBytes = Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  const mappings = mappingsOf("memfd:") + mappingsOf("dmabuf");
  return { ...held(), ownBytes, mappings };
}

/** The compared values, whether they are unchanged, and a description. */
function compare(before: State, after: State): [string, boolean, string][] {
  const same = (what: string, a: unknown, b: unknown): [string, boolean, string] => [
    what,
    String(a) === String(b),
    String(a) === String(b) ? `${a} before and after` : `${a} before, ${b} after`,
  ];
  const own = after.ownBytes - before.ownBytes;
  const others = after.bytes - before.bytes - own;
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB more`;
  return [
    same("descriptors", before.descriptors.length, after.descriptors.length),
    same("mappings of buffers", before.mappings, after.mappings),
    ...(before.dmaBufs ? [same("dma-bufs", before.dmaBufs, after.dmaBufs)] : []),
    same("pages pinned", before.pins, after.pins),
    same("free huge pages", before.hugePages, after.hugePages),
    ["the kernel's memory", others < SLACK_BYTES, mib(others)],
    ["our own memory", own < SLACK_OWN_BYTES, mib(own)],
  ];
}
