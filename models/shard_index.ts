import { ifThere } from "../base/if_there.ts";
import { describePointer } from "./_pointer.ts";
import { ModelError } from "./model.ts";

const SUFFIX = ".index.json";

/** The content of `model.safetensors.index.json`: the file of each tensor. */
export interface ShardIndex {
  /** The index. */
  path: string;
  /** The paths of the files that it names, each once, sorted. */
  shards: readonly string[];
  /** The paths by the names of tensors: a file may have others, which do not count. */
  shardOf: ReadonlyMap<string, string>;
}

/** Whether a path names an index. */
export function isShardIndex(path: string): boolean {
  return path.endsWith(SUFFIX);
}

/**
 * Reads the index of a model's files, which lie in its folder or below.
 *
 * @throws {ModelError} if it names no files, or files elsewhere
 * @throws {TypeError} if it is a pointer of Git LFS
 * @throws {Deno.errors.NotFound} if it does not exist
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

/** Normalizes a path below the index's folder. */
function checkShard(path: string, shard: unknown): string {
  if (typeof shard === "string" && !shard.startsWith("/") && !/[\0]|\/$/.test(shard)) {
    const parts = shard.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.length > 0 && !parts.includes("..")) return parts.join("/");
  }
  const shown = String(JSON.stringify(shard)).slice(0, 200);
  throw new ModelError(path, `it names ${shown}, which is not a file in its folder or below`);
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
    throw new ModelError(path, `it is not JSON (${cause.message})`, { cause });
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map === "object" && map !== null && !Array.isArray(map)) return map;
  throw new ModelError(path, `it has no "weight_map", as the index of a model's files has`);
}
