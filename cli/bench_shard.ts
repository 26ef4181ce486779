import { type ArgumentValue, ValidationError } from "@cliffy/command";
import { ifThere } from "../base/if_there.ts";
import { parseSweep, type Shard, type Sweep } from "../bench/mod.ts";

/** `--shard`: a share of a sweep, as 1/4. */
export function shardType({ name, value }: ArgumentValue): Shard {
  const [index = 0, count = 0] = /^(\d{1,6})\/(\d{1,6})$/.exec(value)?.slice(1).map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw new ValidationError(`${name} "${value}" is not a shard: write 1/4 for the first of four`);
}

/**
 * The finished part in a shard's file, from which the shard continues after it was killed.
 *
 * @throws {ValidationError} if the file holds another sweep or shard, which would be lost
 */
export function finishedPart(wanted: Sweep, path: string): Sweep {
  const text = ifThere(() => Deno.readTextFileSync(path));
  if (text === null) return wanted;
  const found = parseSweep(text, path);
  const same = (["plan", "shard"] as const).every((part) =>
    JSON.stringify(found[part]) === JSON.stringify(wanted[part])
  );
  if (same) return found;
  throw new ValidationError(`${path} holds another sweep or shard: name another file`);
}
