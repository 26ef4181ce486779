import { exists } from "../../base/exists.ts";
import type { Random } from "../../bench/statistics.ts";

const CLIENT = "/job/soak_client";
const SOCKET = "/tmp/soak.sock";
const FILE = "/data/soak-served";
const BYTES = 8 * 2 ** 20;
const PAGE = 4096;
const HOW = ["all", "all", "early", "midway", "mapped"];
/** Of a hundred clients, so many are killed from outside. */
const KILLED_PERCENT = 20;
const MAX_PAUSE_US = 300_000;
const PATIENCE_MS = 5 * 60_000;

/** How the clients fared. */
export interface Served {
  clients: number;
  /** Those that got all, and found it right. */
  whole: number;
  /** Those that died. */
  died: number;
  /** The failures, a line each. */
  failures: string[];
}

/** Serves a file with the real command line, to so many clients at once; most die, as they like. */
export async function serveClients(count: number, random: Random): Promise<Served> {
  const sum = writeFile();
  const server = new Deno.Command("dmacopy", {
    args: ["copy", FILE, "dmabuf", "--serve", SOCKET],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = Promise.all([server.stdout, server.stderr].map((out) => new Response(out).text()));
  const served: Served = { clients: count, whole: 0, died: 0, failures: [] };
  try {
    await until(() => exists(SOCKET));
    const before = await settled(server.pid);
    const clients = Array.from({ length: count }, () => runClient(random, sum));
    for (const outcome of await Promise.all(clients)) {
      if (outcome === "whole") served.whole++;
      else if (outcome === "died") served.died++;
      else served.failures.push(outcome);
    }
    const last = await runClient(() => 0, sum);
    if (last !== "whole") served.failures.push(`after all of them: ${last}`);
    const after = await settled(server.pid, before);
    if (after !== before) {
      served.failures.push(`the server had ${before} descriptors, has ${after}`);
    }
  } catch (error) {
    served.failures.push(String(error));
  } finally {
    server.kill("SIGINT");
  }
  const { code } = await server.status;
  const [, stderr = ""] = await said;
  if (code !== 0) served.failures.push(`the server ended with ${code}: ${stderr}`);
  if (exists(SOCKET)) served.failures.push("the socket is left");
  Deno.removeSync(FILE);
  return served;
}

/** Returns the sum that a client has to find. */
function writeFile(): number {
  const data = new Uint8Array(BYTES);
  for (let at = 0; at < BYTES; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
  Deno.writeFileSync(FILE, data);
  let sum = 0;
  for (let at = 0; at < BYTES; at += PAGE) sum += data[at]!;
  return sum;
}

/** Runs a client of some kind; returns "whole", "died", or what is wrong. */
async function runClient(random: Random, sum: number): Promise<string> {
  const how = HOW[Math.floor(random() * HOW.length)]!;
  const pauseUs = Math.floor(random() * MAX_PAUSE_US);
  const killed = random() * 100 > 100 - KILLED_PERCENT;
  const child = new Deno.Command(CLIENT, { args: [SOCKET, how, `${pauseUs}`], stdout: "piped" })
    .spawn();
  if (killed) setTimeout(() => kill(child), pauseUs / 2000);
  const { success, signal, code, stdout } = await child.output();
  if (signal !== null) return signal === "SIGKILL" && killed ? "died" : `died of ${signal}`;
  if (!success) return `a client ended with ${code}`;
  if (how !== "all") return "died";
  const text = new TextDecoder().decode(stdout);
  return text === `${sum}\n` ? "whole" : `a client found ${text.trim()}, not ${sum}`;
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch { /* It has ended by itself. */ }
}

/** How many descriptors a process has, once that is `expected` or does not change any more. */
async function settled(pid: number, expected?: number): Promise<number> {
  const count = () => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  let last = -1;
  await until(() => {
    const now = count();
    const isSettled = expected === undefined ? now === last : now === expected;
    last = now;
    return isSettled;
  }).catch(() => {});
  return last;
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error("it took too long");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
