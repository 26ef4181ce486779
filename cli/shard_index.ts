const SUFFIX = ".index.json";

/**
 * The files that an index such as `model.safetensors.index.json` names, in its folder; any other
 * path stands for itself.
 *
 * @throws {Error} if an index names none, or files elsewhere
 */
export function expandIndex(path: string): string[] {
  if (!path.endsWith(SUFFIX)) return [path];
  const names = new Set(Object.values(readWeightMap(path)));
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const shards = [...names].map((name) => {
    if (typeof name === "string" && /^[^/\0]+$/.test(name) && name !== "..") return folder + name;
    throw new Error(`${path} names ${JSON.stringify(name)}, which is no file in its folder`);
  });
  if (shards.length === 0) throw new Error(`${path} names no files in its "weight_map"`);
  return shards.sort();
}

function readWeightMap(path: string): Record<string, unknown> {
  let index: unknown;
  try {
    index = JSON.parse(Deno.readTextFileSync(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw new Error(`there is no ${path}`, { cause });
    if (cause instanceof SyntaxError) throw new Error(`${path} is no JSON: ${cause.message}`);
    throw cause;
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map === "object" && map !== null && !Array.isArray(map)) {
    return map as Record<string, unknown>;
  }
  throw new Error(`${path} has no "weight_map", as the index of a model's shards has`);
}
