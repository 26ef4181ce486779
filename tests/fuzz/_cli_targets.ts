import { assert, assertEquals } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import * as fc from "fast-check";
import { selectRows } from "../../bench/mod.ts";
import { tableOrder } from "../../bench/rows.ts";
import { latencyType, listOf, rateType } from "../../cli/bench_types.ts";
import { parseStep } from "../../guests/steps.ts";
import { parseJob } from "../../cli/copy_job.ts";
import { splitExec } from "../../cli/exec.ts";
import { parseHandOver } from "../../cli/hand_over.ts";
import { parseSize } from "../../terminal/parse_size.ts";
import { parseUntil } from "../../cli/parse_until.ts";
import { sizeType } from "../../cli/types.ts";
import { parsePlace } from "../../copy/mod.ts";
import { damagedJson, damagedText, EDGES, noise } from "./_damage.ts";
import { type Target, target } from "./_target.ts";

const MAX_OFFSET = 2n ** 63n - 1n;
const UNITS = ["", "b", "k", "K", "KiB", "kB", "m", "MiB", "MB", "g", "GiB", "T", "TB", "EiB", "%"];

const amount = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 30n }) },
  fc.bigInt({ min: 0n, max: 2n ** 80n }),
  fc.constantFrom(...EDGES),
);
const size = fc.tuple(amount, fc.constantFrom("", " "), fc.constantFrom(...UNITS))
  .map((parts) => parts.join(""));

const option = (value: string) => ({ label: "Option", name: "--x", type: "size", value });

const sizes = target({
  name: "parseSize()",
  inputs: damagedText(size),
  refusals: [ValidationError],
  read(text: string) {
    const bytes = parseSize(text, "--size");
    assert(bytes > 0n && bytes <= MAX_OFFSET);
    assertEquals(parseSize(String(bytes)), bytes);
  },
});

const quantities = target({
  name: "--device-bandwidth, --device-latency",
  inputs: damagedText(
    fc.array(
      fc.tuple(size, fc.constantFrom("", "", "/s", "us")).map((parts) => parts.join("")),
      {
        ...{ minLength: 1, maxLength: 4 },
      },
    ).map((parts) => parts.join(",")),
  ),
  refusals: [ValidationError],
  read(text: string) {
    const latencies = unlessInvalid(() => listOf(latencyType)(option(text)));
    assert(latencies?.every((us) => Number.isSafeInteger(us) && us >= 0) ?? true);
    assert(unlessInvalid(() => listOf(sizeType)(option(text)))?.every((all) => all > 0n) ?? true);
    assert(listOf(rateType)(option(text)).every((rate) => rate >= 2 ** 20 && rate <= 2 ** 63));
  },
});

function unlessInvalid<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValidationError) return null;
    throw error;
  }
}

const times = target({
  name: "parseUntil()",
  inputs: damagedText(fc.oneof(
    fc.tuple(
      fc.oneof(amount.map(String), fc.double({ min: 0 }).map(String)),
      fc.constantFrom(..."smh"),
    )
      .map((parts) => parts.join("")),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 16)),
  )),
  refusals: [ValidationError],
  read(text: string) {
    const { atMs } = parseUntil(text);
    assert(Number.isFinite(atMs) && atMs > 0);
  },
});

const place = fc.oneof(
  fc.tuple(
    fc.constantFrom("dmabuf", "udmabuf", "memfd", "fd", "file", "./memfd"),
    fc.constantFrom("", ":", "::"),
    fc.oneof(
      fc.constantFrom("", "thp", "hugetlb", "4k", "system", "reserved,cma"),
      amount.map(String),
    ),
  ).map((parts) => parts.join("")),
  fc.constantFrom("model.gguf", "/dev/null", "a b", "model.safetensors.index.json"),
);

const places = target({
  name: "parsePlace()",
  inputs: damagedText(place),
  refusals: [TypeError],
  read(text: string) {
    const found = parsePlace(text);
    if (found.kind === "path") return assertEquals(found.path, text);
    const written = found.kind === "fd"
      ? `fd:${found.number}`
      : `${found.kind}:${found.kind === "dmabuf" ? found.heap ?? "" : found.pages ?? ""}`;
    assertEquals(parsePlace(written), found);
    if (found.kind === "fd") assert(found.number >= 0 && found.number < 2 ** 31);
    else assert(text.startsWith(found.kind));
  },
});

const jobs = target({
  name: "copy's arguments",
  // An argument of a process has no NUL.
  inputs: fc.array(damagedText(place).map((text) => text.replaceAll("\0", "0")), { maxLength: 4 }),
  // A shard index is read, too; here there is none.
  refusals: [ValidationError, MissingFile()],
  read(args: string[]) {
    const job = parseJob(args);
    if (job.kind === "save") return assert(job.descriptor >= 0 && args.length === 2);
    assert(job.paths.length <= args.length);
  },
});

/** "there is no x.index.json", but no other plain error. */
function MissingFile() {
  return class extends Error {
    static override [Symbol.hasInstance](error: unknown): boolean {
      return error instanceof Error && /^there is no .*\.index\.json$/su.test(error.message);
    }
  };
}

const handOvers = target({
  name: "parseHandOver()",
  inputs: fc.record({
    exec: fc.constantFrom(undefined, undefined, true as const),
    hold: fc.constantFrom(undefined, undefined, true as const),
    serve: fc.option(noise, { nil: undefined }),
    maxClients: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
    until: damagedText(fc.constantFrom("90s", "2h", "2100-01-01T00:00")),
    argv: fc.array(noise, { maxLength: 3 }),
  }, { requiredKeys: ["argv"] }),
  refusals: [ValidationError],
  read({ argv, ...options }) {
    const how = parseHandOver(options, argv);
    if (how?.kind === "exec") assert(how.argv.length > 0);
    if (how?.kind === "serve") assertEquals(how.maxClients, options.maxClients);
    if (how === null) {
      assertEquals([options.exec, options.serve, options.hold], Array(3).fill(undefined));
    }
  },
});

const commandLines = target({
  name: "splitExec()",
  inputs: fc.array(fc.oneof(fc.constantFrom("copy", "--exec", "--", "-x", "lab"), noise)),
  refusals: [],
  read(args: string[]) {
    const split = splitExec(args);
    assertEquals(split.length - args.length, Number(split.length !== args.length));
    const added = split.findIndex((arg, i) => arg !== args[i]);
    if (added >= 0) assertEquals(split.toSpliced(added, 1), args);
  },
});

const part = fc.oneof(
  fc.nat(30).map(String),
  fc.tuple(fc.nat(30), fc.nat(30)).map((ends) => ends.join("-")),
  fc.tuple(amount, amount).map((ends) => ends.join("-")),
  fc.constantFrom("letter", "extended", "all", "limit", "thp", "hugetlb", " 1 ", ""),
);

const rows = target({
  name: "selectRows()",
  inputs: damagedText(fc.array(part, { maxLength: 8 }).map((parts) => parts.join(","))),
  refusals: [RangeError],
  read(text: string) {
    const selected = selectRows(text);
    assert(selected.length > 0 && new Set(selected).size === selected.length);
    assertEquals(tableOrder(selected), selected);
    assertEquals(selectRows(selected.map(({ id }) => id).join(",")), selected);
  },
});

const step = fc.record({
  ...{ row: fc.constantFrom("1", "limit"), round: fc.nat(), runs: fc.nat() },
  ...{ done: fc.nat(), total: fc.nat() },
});

const steps = target({
  name: "parseStep()",
  inputs: damagedText(damagedJson(step).map((value) => JSON.stringify(value))),
  refusals: [],
  read(line: string) {
    const found = parseStep(line);
    if (found === null) return;
    assertEquals(typeof found.row, "string");
    for (const count of [found.round, found.runs, found.done, found.total]) assert(count >= 0);
  },
});

/** The inputs that the command line reads. */
export const cliTargets: readonly Target[] = //
  [sizes, quantities, times, places, jobs, handOvers, commandLines, rows, steps];
