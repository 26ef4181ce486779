import { exists } from "../base/exists.ts";
import { isShardIndex, readShardIndex, type ShardIndex } from "./shard_index.ts";
import { partOfName } from "./parts.ts";

/** The files that paths stand for. */
export interface Gathered {
  /** The indexes among them. */
  indexes: readonly ShardIndex[];
  /** The other files, with those that belong to them by their names; an index has none of them. */
  files: readonly string[];
  /** The sentence about missing files, without the path at its start. */
  missing: readonly { path: string; reason: string }[];
}

/** Finds the files of models, which the paths name by an index, by one of their files, or by all. */
export function gather(paths: readonly string[]): Gathered {
  const indexes = paths.filter(isShardIndex).map(readShardIndex);
  const indexed = new Set(indexes.flatMap(({ shards }) => shards));
  const files = new Set<string>();
  const missing: { path: string; reason: string }[] = [];
  for (const path of paths.filter((path) => !isShardIndex(path))) {
    const all = (exists(path) && partOfName(path)?.paths) || [path];
    const here = all.filter((each) => each === path || exists(each));
    if (here.length < all.length && !files.has(path)) {
      missing.push({
        path,
        reason: `it is one of ${all.length} files, and ${listMissing(all, here)}`,
      });
    }
    for (const each of here) if (!indexed.has(each)) files.add(each);
  }
  return { indexes, files: [...files], missing };
}

function listMissing(all: readonly string[], here: readonly string[]): string {
  const [first = "", ...more] = all.filter((each) => !here.includes(each));
  const others = more.length > 0 ? ` and ${more.length} more are` : " is";
  return `${first}${others} not there: download the whole model into one folder`;
}
