import type { Model, Tensor } from "./model.ts";

/** A tensor with its place in a buffer. */
export interface PlacedTensor extends Tensor {
  /** The file. */
  path: string;
  /** Where it begins in the buffer, in bytes. */
  bufferOffset: bigint;
}

/** Options of {@linkcode selectTensors}. */
export interface SelectOptions {
  /** Names; `*` is any text, `?` any character. One of them has to match. */
  patterns: readonly string[];
  /** What each tensor's place in the buffer is a multiple of, in bytes. @default 4096n */
  alignBytes?: bigint;
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
 * const model: Model = { path: "m.gguf", format: "gguf", bytes: 264n, tensors };
 * const placed = selectTensors([model], { patterns: ["blk.*", "b"] });
 * assertEquals(placed.map(({ bufferOffset }) => bufferOffset), [0n, 4096n]);
 * ```
 *
 * @throws {RangeError} if a pattern matches nothing, or the alignment is not positive
 */
export function selectTensors(models: readonly Model[], options: SelectOptions): PlacedTensor[] {
  const { patterns, alignBytes = 4096n } = options;
  if (alignBytes < 1n) throw new RangeError(`the alignment must be positive, not ${alignBytes}`);
  const all = models.flatMap(({ path, tensors }) => tensors.map((tensor) => ({ ...tensor, path })));
  for (const pattern of patterns) {
    if (!all.some(({ name }) => matches(name, pattern))) throw noMatch(pattern, models);
  }
  let end = 0n;
  return all.filter(({ name }) => patterns.some((each) => matches(name, each))).map((tensor) => {
    const bufferOffset = (end + alignBytes - 1n) / alignBytes * alignBytes;
    end = bufferOffset + tensor.bytes;
    return { ...tensor, bufferOffset };
  });
}

/** A regular expression of several `.*` can take for ever; this no more than both lengths' product. */
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

function noMatch(pattern: string, models: readonly Model[]): RangeError {
  const names = models.flatMap(({ tensors }) => tensors.map(({ name }) => name));
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name}"`).join(", ");
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} others` : "";
  const paths = models.map(({ path }) => path).join(", ");
  return new RangeError(`no tensor matches "${pattern}": ${paths} has ${shown || "none"}${more}`);
}
