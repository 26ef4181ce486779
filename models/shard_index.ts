import { ifThere } from "../base/if_there.ts";
import { describePointer } from "./_pointer.ts";
import { ModelError } from "./model.ts";

const SUFFIX = ".index.json";

/** What `model.safetensors.index.json` says: which file has which tensor. */
export interface ShardIndex {
  /** The index. */
  path: string;
  /** The paths of the files that it names, each once, sorted. */
  shards: readonly string[];
  /** The paths by the names of tensors: a file may have others, which do not count. */
  shardOf: ReadonlyMap<string, string>;
}

/** Whether a path is an index's, by its name. */
export function isShardIndex(path: string): boolean {
  return path.endsWith(SUFFIX);
}

/**
 * Reads the index of a model's files, which are in its folder or below.
 *
 * @throws {ModelError} if it names none, or files elsewhere
 * @throws {TypeError} if it is a pointer of Git LFS
 * @throws {Deno.errors.NotFound} if it is not there
 */
export function readShardIndex(path: string): ShardIndex {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(readWeightMap(path))) {
    shardOf.set(tensor, folder + checkShard(path, shard));
  }
  if (shardOf.size === 0) throw new ModelError(path, `its "weight_map" names no files`);
  return { path, shards: [...new Set(shardOf.values())].sort(), shardOf };
}

/** A path below the index's folder, written in one way only. */
function checkShard(path: string, shard: unknown): string {
  if (typeof shard === "string" && !shard.startsWith("/") && !/[\0]|\/$/.test(shard)) {
    const parts = shard.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.length > 0 && !parts.includes("..")) return parts.join("/");
  }
  const shown = String(JSON.stringify(shard)).slice(0, 200);
  throw new ModelError(path, `it names ${shown}, which is no file in its folder or below`);
}

function readWeightMap(path: string): object {
  const text = ifThere(() => Deno.readTextFileSync(path));
  if (text === null) throw new Deno.errors.NotFound(`there is no ${path}`);
  const pointer = describePointer(path, text);
  if (pointer) throw new TypeError(pointer);
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ModelError(path, `it is no JSON (${cause.message})`, { cause });
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map === "object" && map !== null && !Array.isArray(map)) return map;
  throw new ModelError(path, `it has no "weight_map", as the index of a model's files has`);
}
