/** The schemas of a bench document that can be read, the oldest first; the last is written. */
export const benchSchemas = ["dmacopy-bench-1", "dmacopy-bench-2"] as const;

/** The schema that `bench --json` writes. */
export const benchSchema = "dmacopy-bench-2";

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Version 1 does not name the architecture. Its `cpu` is /proc/cpuinfo's "model name", which arm64
 * lacks: there it is Deno's name of the architecture.
 */
export function architectureOf(cpu: unknown): string {
  return cpu === "aarch64" ? cpu : "x86_64";
}

function toVersion2(document: Fields): Fields {
  const { environment } = document;
  if (!isObject(environment)) return { ...document, schema: "dmacopy-bench-2" };
  const architecture = architectureOf(environment.cpu);
  return { ...document, schema: "dmacopy-bench-2", environment: { ...environment, architecture } };
}

/** Converts a document of any version to the present one; returns anything else unchanged. */
export function migrateBench(value: unknown): unknown {
  return isObject(value) && value.schema === "dmacopy-bench-1" ? toVersion2(value) : value;
}
