import { gather } from "./_gather.ts";
import { inspectModel } from "./inspect.ts";
import { type Model, ModelError } from "./model.ts";
import { partOfName } from "./parts.ts";
import { checkPatterns, matchesAny } from "./select.ts";
import type { ShardIndex } from "./shard_index.ts";

/** Options of {@linkcode inspectModels}. */
export interface InspectModelsOptions {
  /**
   * Open only the files of an index that have tensors with such names; `*` is any text, `?` any
   * character. Each must match.
   *
   * @default all
   */
  patterns?: readonly string[];
  /**
   * Called with a sentence if files of a model are missing; the others are read.
   *
   * @default an error is thrown
   */
  onMissing?: (sentence: string) => void;
}

/**
 * Lists the tensors of models that may have several files. A path names the index
 * (`model.safetensors.index.json`), one of the files (`model-00001-of-00003.gguf`), or paths name all.
 * If there is an index, it alone decides which file has a tensor.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inspectModels } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * const header = JSON.stringify({ a: { dtype: "U8", shape: [1], data_offsets: [0, 1] } });
 * const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
 * const index = { weight_map: { a: "new.safetensors" } };
 * await Deno.writeTextFile(`${folder}/m.safetensors.index.json`, JSON.stringify(index));
 * await Deno.writeFile(
 *   `${folder}/new.safetensors`,
 *   new Blob([length, header, new Uint8Array(1)]).stream(),
 * );
 * const [model] = await inspectModels([`${folder}/m.safetensors.index.json`]);
 * assertEquals(model?.tensors.map(({ name }) => name), ["a"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @returns A model for each file, in the order of the paths; files of an index are sorted.
 * @throws {ModelError} if a header or an index is invalid, or files are missing
 * @throws {RangeError} if a pattern matches nothing
 * @throws {TypeError} if a path is not such a file
 * @throws {Deno.errors.NotFound} if it does not exist
 */
export async function inspectModels(
  paths: readonly string[],
  { patterns = ["*"], onMissing }: InspectModelsOptions = {},
): Promise<Model[]> {
  const { indexes, files, missing } = gather(paths);
  const tell = (path: string, reason: string) => {
    if (!onMissing) throw new ModelError(path, reason);
    onMissing(`${path} is not whole: ${reason}`);
  };
  for (const { path, reason } of missing) tell(path, reason);
  const models = [];
  for (const path of files) models.push(await inspectModel(path));
  checkParts(models, tell);
  const names = [...indexes.flatMap(({ shardOf }) => [...shardOf.keys()]), ...namesOf(models)];
  if (patterns.some((pattern) => pattern !== "*")) checkPatterns(patterns, { names, paths });
  const indexed = [];
  for (const index of indexes) indexed.push(...await inspectShards(index, { patterns, tell }));
  if (indexes.length > 0 && indexed.length + models.length === 0) {
    throw new ModelError(indexes[0]!.path, "none of the files that it names is there");
  }
  return [...indexed, ...models];
}

type Tell = (path: string, reason: string) => void;

function namesOf(models: readonly Model[]): string[] {
  return models.flatMap(({ tensors }) => tensors.map(({ name }) => name));
}

/** Reads the files that have one of the tensors, each with its own tensors. */
async function inspectShards(
  { path, shards, shardOf }: ShardIndex,
  { patterns, tell }: { patterns: readonly string[]; tell: Tell },
): Promise<Model[]> {
  const namesIn = Map.groupBy(shardOf.keys(), (name) => shardOf.get(name)!);
  const models: Model[] = [];
  for (const shard of shards) {
    const own = new Set(namesIn.get(shard));
    if (![...own].some((name) => matchesAny(name, patterns))) continue;
    const model = await inspectIfThere(shard);
    if (!model) {
      tell(path, `it names ${shard}, which does not exist: download it, too`);
      continue;
    }
    const tensors = model.tensors.filter(({ name }) => own.has(name));
    for (const { name } of tensors) own.delete(name);
    const [lost] = own;
    if (lost !== undefined) {
      throw new ModelError(
        path,
        `it says that ${shard} has tensor "${lost}", which it does not have`,
      );
    }
    models.push({ ...model, tensors });
  }
  return models;
}

async function inspectIfThere(path: string): Promise<Model | null> {
  try {
    return await inspectModel(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Compares the part numbers in headers with names, and with the existing files. */
function checkParts(models: readonly Model[], tell: Tell): void {
  for (const { path, part } of models) {
    if (!part) continue;
    const named = partOfName(path);
    if (named && (named.index !== part.index || named.paths.length !== part.count)) {
      const header = `${part.index + 1} of ${part.count} by its header`;
      throw new ModelError(path, `it is part ${header}, and another by its name`);
    }
    const there = models.filter((other) => other.part?.count === part.count).length;
    if (named || there >= part.count) continue;
    tell(
      path,
      `it is part ${part.index + 1} of ${part.count} by its header: name all of them, or call ` +
        "them NAME-00001-of-0000N.gguf",
    );
  }
}
