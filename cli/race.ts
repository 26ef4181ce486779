import { dropFromCache, openFile, sync } from "../ffi/mod.ts";
import Table from "cli-table3";
import { median } from "simple-statistics";
import { formatDuration, formatRate } from "../terminal/format.ts";
import { PLAIN } from "../terminal/plain_table.ts";

/** The destination of `cp` and `dd`: memory, as for dmacopy. */
const TMPFS = "/dev/shm";

/** The times of one round, in milliseconds. */
export interface Round {
  /** `dmacopy copy FILE memfd`, from the call until the buffer could be used. */
  copyMs: number;
  /** The same, including the start and the end of the process. */
  copyProcessMs: number;
  /** `cp FILE` into a tmpfs. */
  cpMs: number;
  /** `dd bs=8M iflag=direct` into a tmpfs. */
  ddMs: number;
}

/** The rounds of a race, each with a file that no cache held. */
export interface Race {
  path: string;
  bytes: number;
  rounds: Round[];
}

/** Options of {@linkcode race}. */
export interface RaceOptions {
  rounds: number;
  signal: AbortSignal;
  onRound?: (round: number) => void;
}

/**
 * Copies a file into memory with dmacopy, cp and dd in turn, each time from the disk.
 *
 * @throws {Error} if one of them fails
 */
export async function race(
  path: string,
  { rounds, signal, onRound = () => {} }: RaceOptions,
): Promise<Race> {
  const { size: bytes } = await Deno.stat(path);
  const folder = await Deno.makeTempDir({ dir: TMPFS, prefix: "dmacopy-race-" });
  const target = `${folder}/copy`;
  const contestants: (() => Promise<Partial<Round>>)[] = [
    () => raceCopy(path, signal),
    async () => ({ cpMs: await time(["cp", path, target], { signal }) }),
    async () => ({
      ddMs: await time(["dd", `if=${path}`, `of=${target}`, "bs=8M", "iflag=direct"], { signal }),
    }),
  ];
  const done: Round[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      onRound(round);
      const results: Partial<Round>[] = [];
      for (const index of contestants.keys()) {
        signal.throwIfAborted();
        await makeCold(path);
        // Another program begins each round, as the first one may find the disk in another state.
        results.push(await contestants[(index + round) % contestants.length]!());
        await Deno.remove(target).catch(() => {});
      }
      // The first round also loads the programs themselves from the disk.
      if (round > 0) done.push(Object.assign({}, ...results));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { path, bytes, rounds: done };
}

/** Data that was just written stays in the cache until it is on the disk. */
async function makeCold(path: string): Promise<void> {
  using file = openFile(path);
  await sync(file).async();
  dropFromCache(file);
}

async function raceCopy(path: string, signal: AbortSignal): Promise<Partial<Round>> {
  const command = [Deno.execPath(), "run", "-A", Deno.mainModule, "copy", path, "memfd", "--json"];
  let output = "";
  const copyProcessMs = await time(command, { signal, onOutput: (text) => output = text });
  return { copyMs: JSON.parse(output).elapsedMs, copyProcessMs };
}

async function time(
  [program = "", ...args]: string[],
  { signal, onOutput = () => {} }: { signal: AbortSignal; onOutput?: (text: string) => void },
): Promise<number> {
  const startMs = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(program, { args, signal }).output();
  const elapsedMs = performance.now() - startMs;
  signal.throwIfAborted();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${program} failed: ${text(stderr).trim()}`);
  onOutput(text(stdout));
  return elapsedMs;
}

const COLUMNS: readonly [keyof Round, string][] = [
  ["copyMs", "dmacopy copy"],
  ["copyProcessMs", "dmacopy process"],
  ["cpMs", "cp"],
  ["ddMs", "dd, direct"],
];

/** The rounds as a table, and the faster program. */
export function describeRace({ bytes, rounds }: Race): string {
  const table = new Table({
    ...PLAIN,
    head: ["round", ...COLUMNS.map(([, name]) => name)],
    colAligns: ["right", ...COLUMNS.map(() => "right" as const)],
  });
  for (const [index, round] of rounds.entries()) {
    table.push([String(index + 1), ...COLUMNS.map(([key]) => formatDuration(round[key]))]);
  }
  const medians = COLUMNS.map(([key]) => median(rounds.map((round) => round[key])));
  table.push(["median", ...medians.map(formatDuration)]);
  table.push(["rate", ...medians.map((ms) => formatRate(bytes, ms))]);
  return [...table.toString().split("\n").map((line) => line.trimEnd()), "", ...verdicts(rounds)]
    .join("\n");
}

/** `cp takes 1.31 × as long (1.02 to 1.50): slower than dmacopy in 5 of 5 rounds` */
function verdicts(rounds: readonly Round[]): string[] {
  return ([["cp", "cpMs"], ["dd", "ddMs"]] as const).map(([name, key]) => {
    const ratios = rounds.map((round) => round[key] / round.copyProcessMs);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((x) => x.toFixed(2));
    const slower = ratios.filter((ratio) => ratio < 1).length;
    return `${name} takes ${median(ratios).toFixed(2)} × as long (${least} to ${most}): ` +
      `slower than dmacopy in ${rounds.length - slower} of ${rounds.length} rounds`;
  });
}
