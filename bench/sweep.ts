import { mergeDocuments } from "./merge.ts";
import { checkDocument, DocumentError, parseJson } from "./parse.ts";
import { deviceName, size } from "./report/format.ts";
import type { BenchDocument, Direction, Environment, Row } from "./result.ts";

/** The schemas of a sweep that can be read, the oldest first; the last is written. */
export const sweepSchemas = ["dmacopy-sweep-1", "dmacopy-sweep-2"] as const;

/** One combination of the values of a sweep. */
export interface SweepPoint {
  /** The modelled disk. */
  device: Environment["device"];
  /** Size of a buffer. */
  chunkBytes: number;
}

/** The plan of a sweep: two sweeps with the same plan are parts of one. */
export interface SweepPlan {
  /** The base of the kernel, as "6.12". */
  base: string;
  /** The variant of the lab's kernel, as "patched". */
  kernel: string;
  /** The direction of the I/O. */
  direction: Direction;
  /** The bytes of the file that a run moves. */
  sizeBytes: number;
  /** Rounds. */
  runs: number;
  /** The seed of the row order. */
  seed: number;
  /** The rows of every point, in the table's order. */
  rows: Row["id"][];
  /** In the order of the sweep. */
  points: SweepPoint[];
}

/** A part of a sweep's points: those whose index modulo `count` is `index - 1`. */
export interface Shard {
  /** The number of the shard, from 1. */
  index: number;
  /** The number of shards. */
  count: number;
}

/** The same rows, measured under conditions that differ from one document to the next. */
export interface Sweep {
  /** Changes when the meaning of a field does. */
  schema: "dmacopy-sweep-2";
  /** The plan; null if it is unknown: for version 1, and for merged results. */
  plan: SweepPlan | null;
  /** The shard; null for the whole plan. */
  shard: Shard | null;
  /** In the order of the sweep. */
  points: BenchDocument[];
}

/** The points of a shard: each point belongs to exactly one shard. */
export function shardPoints<T>(points: readonly T[], shard: Shard | null): T[] {
  if (shard === null) return [...points];
  return points.filter((_, index) => index % shard.count === shard.index - 1);
}

/** The point of a document. */
export function pointOf({ environment: { device }, chunkBytes }: BenchDocument): SweepPoint {
  return { device, chunkBytes };
}

/** A point in words. */
export function describePoint({ device, chunkBytes }: SweepPoint): string {
  return `disk ${device === null ? "of its own" : deviceName(device)}, chunk ${size(chunkBytes)}`;
}

/** The key of a point: equal points have equal keys. */
export function pointKey({ device, chunkBytes }: SweepPoint): string {
  return [device?.bytesPerSecond, device?.latencyUs, chunkBytes].join(" ");
}

/** Whether a document has all results of a point, so that it was not interrupted. */
export function isComplete(document: BenchDocument, plan: SweepPlan): boolean {
  return !document.interrupted &&
    plan.rows.every((id) => document.rows.some((row) => row.id === id));
}

/** The points of a shard that have no complete document. */
export function missingPoints({ plan, shard, points }: Sweep): SweepPoint[] {
  if (plan === null) return [];
  const complete = new Set(
    points.filter((document) => isComplete(document, plan)).map((it) => pointKey(pointOf(it))),
  );
  return shardPoints(plan.points, shard).filter((point) => !complete.has(pointKey(point)));
}

function samePlan(a: SweepPlan | null, b: SweepPlan | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Merges two documents of one point: the same one twice, or different rows. */
function joined(a: BenchDocument, b: BenchDocument): BenchDocument {
  const ids = new Set(a.rows.map(({ id }) => id));
  const more = b.rows.filter(({ id }) => !ids.has(id));
  if (more.length === 0) return a;
  return { ...mergeDocuments([a, { ...b, rows: more }]), interrupted: a.interrupted };
}

function inOrder(points: ReadonlyMap<string, BenchDocument>, plan: SweepPlan | null) {
  if (plan === null) return [...points.values()];
  return plan.points.flatMap((point) => points.get(pointKey(point)) ?? []);
}

/** The common conditions of documents without a plan. */
function conditionsOf({ direction, sizeBytes, environment }: BenchDocument): string {
  const base = /^\d+\.\d+/.exec(environment.kernel)?.[0];
  return [direction, size(sizeBytes), `Linux ${base}`, `${environment.clock} clock`].join(", ");
}

function checkAlike(sweeps: readonly Sweep[]): void {
  if (sweeps.some(({ plan }) => !samePlan(plan, sweeps[0]!.plan))) {
    throw new RangeError(
      "they are not parts of one sweep, as their plans differ: merge the shards of one sweep, or compare all " +
        "with bench fleet",
    );
  }
  const [first, other] = new Set(sweeps.flatMap(({ points }) => points.map(conditionsOf)));
  if (other !== undefined) {
    throw new RangeError(
      `they differ in more than disk and chunk (${first}; ${other}): compare them with bench fleet`,
    );
  }
}

/**
 * Merges parts of a sweep: shards, parts of shards, duplicates, or results of separate commands.
 *
 * @throws {RangeError} if there is none, or they are not parts of one sweep
 */
export function mergeSweeps(sweeps: readonly Sweep[]): Sweep {
  const [first] = sweeps;
  if (first === undefined) throw new RangeError("no results to merge");
  checkAlike(sweeps);
  const points = new Map<string, BenchDocument>();
  // Finished ones come first, so that they are kept.
  const documents = sweeps.flatMap(({ points }) => points)
    .toSorted((a, b) => Number(a.interrupted) - Number(b.interrupted));
  for (const document of documents) {
    const key = pointKey(pointOf(document));
    const before = points.get(key);
    points.set(key, before === undefined ? document : joined(before, document));
  }
  return { ...first, shard: null, points: inOrder(points, first.plan) };
}

/** Checks the parts of a plan that merging relies on. */
function checkPlan(value: unknown): SweepPlan | null {
  if (value === null) return null;
  const { rows, points } = (value ?? {}) as Partial<SweepPlan>;
  const isPoint = (point: unknown) =>
    typeof point === "object" && point !== null && "device" in point && "chunkBytes" in point;
  if (!Array.isArray(rows) || !Array.isArray(points) || !points.every(isPoint)) {
    throw new DocumentError("plan must have rows and points");
  }
  return value as SweepPlan;
}

function checkShard(value: unknown): Shard | null {
  if (value === null) return null;
  const { index, count } = (value ?? {}) as Partial<Shard>;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count)) {
    throw new DocumentError("shard must have index and count");
  }
  return value as Shard;
}

function checkSweep(value: Record<string, unknown>): Sweep {
  const { schema, points, plan, shard } = value;
  if (!Array.isArray(points)) throw new DocumentError("points must be a list");
  const isOld = schema === "dmacopy-sweep-1";
  return {
    schema: "dmacopy-sweep-2",
    plan: isOld ? null : checkPlan(plan),
    shard: isOld ? null : checkShard(shard),
    points: points.map((point, index) => checkDocument(point, `points[${index}]`)),
  };
}

/**
 * Reads a file of `bench sweep --json` or `bench --json`, in any known version; the latter is a sweep of
 * one point.
 *
 * @param source The source of the text, for the message.
 * @throws {DocumentError} with one line that says which field is wrong
 */
export function parseSweep(text: string, source: string): Sweep {
  try {
    const value = parseJson(text);
    const { schema } = (value ?? {}) as { schema?: unknown };
    if (sweepSchemas.some((known) => known === schema)) {
      return checkSweep(value as Record<string, unknown>);
    }
    if (typeof schema === "string" && schema.startsWith("dmacopy-sweep-")) {
      throw new DocumentError(
        `its schema is ${JSON.stringify(schema)}, and this version reads ${
          sweepSchemas.join(", ")
        }`,
      );
    }
    const points = [checkDocument(value)];
    return { schema: "dmacopy-sweep-2", plan: null, shard: null, points };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new DocumentError(`${source} is not a bench result: ${error.message}`, { cause: error });
  }
}
