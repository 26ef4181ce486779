import { roundUp } from "../base/round_up.ts";
import type { Model, Tensor } from "./model.ts";

/** A tensor with its place in a buffer. */
export interface PlacedTensor extends Tensor {
  /** The file. */
  path: string;
  /** Its length, in bytes. */
  bytes: bigint;
  /** Where it begins in the buffer, in bytes. */
  bufferOffset: bigint;
}

/** Options of {@linkcode selectTensors}. */
export interface SelectOptions {
  /** The names to match; `*` is any text, `?` any character. One of them must match. */
  patterns: readonly string[];
  /**
   * The alignment of each tensor's place in the buffer, in bytes.
   *
   * @default as in the file: adjacent tensors stay adjacent, at places that direct I/O reaches
   */
  alignBytes?: bigint | undefined;
  /**
   * Without `alignBytes`, a tensor has the same offset within this many bytes in the buffer as in the
   * file. The number must suit the disk and the mappings of the system that loads the tensors:
   * `placeBytes()` gives it there.
   *
   * @default 4096
   */
  placeBytes?: bigint | undefined;
}

const NAMES_SHOWN = 3;

/**
 * Chooses tensors by their names, and lays them out one after the other in one buffer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Model, selectTensors } from "dmacopy";
 *
 * const tensor = { dtype: "F32", shape: [25], bytes: 100n };
 * const tensors = [{ ...tensor, name: "blk.0.w", offset: 64n }, { ...tensor, name: "b", offset: 164n }];
 * const model: Model = { path: "m", format: "gguf", bytes: 264n, dataOffset: 64n, tensors };
 * const placed = selectTensors([model], { patterns: ["blk.*", "b"] });
 * assertEquals(placed.map(({ bufferOffset }) => bufferOffset), [64n, 164n]);
 * ```
 *
 * @throws {RangeError} if a pattern matches nothing, or the alignment is not positive, if a
 * tensor's type is not known, or if two files have one of the same name
 */
export function selectTensors(models: readonly Model[], options: SelectOptions): PlacedTensor[] {
  const { patterns, alignBytes, placeBytes = LEAST_PLACE_BYTES } = options;
  if (alignBytes !== undefined && alignBytes < 1n) {
    throw new RangeError(`the alignment must be positive, not ${alignBytes}`);
  }
  const all = models.flatMap(({ path, tensors }) => tensors.map((tensor) => ({ ...tensor, path })));
  checkPatterns(patterns, {
    names: all.map(({ name }) => name),
    paths: models.map(({ path }) => path),
  });
  const selected = all.filter(({ name }) => matchesAny(name, patterns));
  const twice = describeTwice(selected);
  if (twice) throw new RangeError(twice);
  const sized = selected.map((tensor) => ({ ...tensor, bytes: sizeOf(tensor) }));
  return alignBytes === undefined
    ? placeAsInFile(sized, { all, placeBytes })
    : placeAligned(sized, alignBytes);
}

type Sized = Omit<PlacedTensor, "bufferOffset">;

function placeAligned(tensors: readonly Sized[], alignBytes: bigint): PlacedTensor[] {
  let end = 0n;
  return tensors.map((tensor) => {
    const bufferOffset = roundUp(end, alignBytes);
    end = bufferOffset + tensor.bytes;
    return { ...tensor, bufferOffset };
  });
}

/** Direct I/O can move any part of a file to a place with the same offset in a disk's block. */
const LEAST_PLACE_BYTES = 4096n;
/** The largest padding between two tensors: a larger gap is left out. */
const MAX_PADDING_BYTES = 4096n;

/**
 * Tensors that follow each other in the file do so in the buffer, with what pads them: a run of them
 * is read at once, directly. Other places are congruent to those in the file.
 */
function placeAsInFile(
  tensors: readonly Sized[],
  { all, placeBytes }: {
    all: readonly { path: string; offset: bigint; name: string }[];
    placeBytes: bigint;
  },
): PlacedTensor[] {
  const inOrder = all.toSorted((a, b) => Number(a.offset - b.offset));
  const places = new Map<string, number>();
  for (const group of Map.groupBy(inOrder, ({ path }) => path).values()) {
    group.forEach(({ path, name }, place) => places.set(`${path}\0${name}`, place));
  }
  const placeOf = ({ path, name }: Sized) => places.get(`${path}\0${name}`) ?? 0;
  let last: PlacedTensor | undefined;
  return tensors.toSorted((a, b) => a.path === b.path ? Number(a.offset - b.offset) : 0)
    .map((tensor) => {
      const end = last ? last.bufferOffset + last.bytes : 0n;
      const gap = last && last.path === tensor.path && placeOf(tensor) === placeOf(last) + 1
        ? tensor.offset - last.offset - last.bytes
        : MAX_PADDING_BYTES;
      const isNext = gap >= 0n && gap < MAX_PADDING_BYTES;
      const start = roundUp(end, placeBytes);
      const bufferOffset = isNext ? end + gap : start + tensor.offset % placeBytes;
      return last = { ...tensor, bufferOffset };
    });
}

/** A part of a file, and its place in a buffer. */
export interface TensorRun {
  /** The file. */
  path: string;
  /** Where it begins in the file, in bytes. */
  fileOffset: bigint;
  /** Where it begins in the buffer, in bytes. */
  bufferOffset: bigint;
  /** Its length, in bytes. */
  bytes: bigint;
}

/** The parts of files that hold tensors: one for those that lie in the buffer as in the file. */
export function runsOf(tensors: readonly PlacedTensor[]): TensorRun[] {
  const runs: TensorRun[] = [];
  for (const { path, offset: fileOffset, bufferOffset, bytes } of tensors) {
    const run = runs.at(-1);
    const gap = run ? fileOffset - run.fileOffset - run.bytes : -1n;
    const isNext = run?.path === path && gap >= 0n && gap < MAX_PADDING_BYTES &&
      fileOffset - bufferOffset === run.fileOffset - run.bufferOffset;
    if (isNext) run.bytes += gap + bytes;
    else runs.push({ path, fileOffset, bufferOffset, bytes });
  }
  return runs;
}

/** The sentence about tensors with the same name in two files. */
export function describeTwice(tensors: readonly { name: string; path: string }[]): string | null {
  const paths = new Map<string, string>();
  for (const { name, path } of tensors) {
    const other = paths.get(name);
    if (other !== undefined) {
      return `tensor "${name}" is in ${other} and in ${path}: name their index, which says where ` +
        "it belongs, or one of the files";
    }
    paths.set(name, path);
  }
  return null;
}

/**
 * Refuses patterns that match no name.
 *
 * @throws {RangeError} if there are any
 */
export function checkPatterns(
  patterns: readonly string[],
  { names, paths }: { names: readonly string[]; paths: readonly string[] },
): void {
  const wrong = patterns.find((pattern) => !names.some((name) => matches(name, pattern)));
  if (wrong === undefined) return;
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name}"`).join(", ");
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} others` : "";
  throw new RangeError(
    `no tensor matches "${wrong}": ${paths.join(", ")} has ${shown || "none"}${more}`,
  );
}

/** Whether a name matches one of the patterns. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern));
}

function sizeOf({ name, path, dtype, bytes }: Tensor & { path: string }): bigint {
  if (bytes !== null) return bytes;
  throw new RangeError(
    `tensor "${name}" of ${path} has an unknown type and size (${dtype}): ` +
      "select others, or copy the whole file",
  );
}

/** Matches in at most the product of both lengths; a regular expression with several `.*` can take forever. */
function matches(name: string, pattern: string): boolean {
  let [at, next, star, resume] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[next] === "*") [star, resume, next] = [next, at, next + 1];
    else if (pattern[next] === "?" || pattern[next] === name[at]) [at, next] = [at + 1, next + 1];
    else if (star >= 0) [at, resume, next] = [resume + 1, resume + 1, star + 1];
    else return false;
  }
  return !/[^*]/.test(pattern.slice(next));
}
