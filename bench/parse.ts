import { benchSchema, benchSchemas, migrateBench } from "./migrate.ts";
import type { BenchDocument } from "./result.ts";

/** A text that is not a bench document; the message says where and why. */
export class DocumentError extends Error {
  /** The class's name. */
  override readonly name = "DocumentError";
}

/** Throws an error with the place in the document unless a value has a shape. */
type Check = (value: unknown, at: string) => void;

function primitive(wanted: string, is: (value: unknown) => boolean): Check {
  return (value, at) => {
    if (!is(value)) throw new DocumentError(`${at} must be ${wanted}`);
  };
}

/** Control characters would reach the terminal that prints them. */
const string = primitive(
  "a string of printable characters",
  (value) => typeof value === "string" && !/\p{Cc}/u.test(value),
);
const boolean = primitive("true or false", (value) => typeof value === "boolean");
/** The limits of measured values in any unit; with them, ratios are finite, too. */
const [least, most] = [1e-6, 2 ** 63];
const amount = primitive(
  `a number from 0 to ${most}`,
  (value) => typeof value === "number" && value >= 0 && value <= most,
);
const positive = primitive(
  `a number from ${least} to ${most}`,
  (value) => typeof value === "number" && value >= least && value <= most,
);
const count = primitive("a whole number", (value) => Number.isSafeInteger(value));
const rowId = primitive(
  "a row's number or name",
  (value) => Number.isInteger(value) || (typeof value === "string" && /^[\w+-]+$/.test(value)),
);

function oneOf(...values: readonly string[]): Check {
  return primitive(
    `one of ${values.map((value) => `"${value}"`).join(", ")}`,
    (value) => values.includes(value as string),
  );
}

function orNull(check: Check): Check {
  return (value, at) => {
    if (value !== null) check(value, at);
  };
}

function optional(check: Check): Check {
  return (value, at) => {
    if (value !== undefined) check(value, at);
  };
}

function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new DocumentError(`${at || "the document"} must be an object`);
    }
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], at ? `${at}.${name}` : name);
    }
  };
}

function list(check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) throw new DocumentError(`${at} must be a list`);
    value.forEach((item, index) => check(item, `${at}[${index}]`));
  };
}

const identity = {
  id: rowId,
  buffer: oneOf("memfd", "udmabuf+memfd", "udmabuf", "dmabuf", "anonymous"),
  io: oneOf("buffer", "direct"),
  method: oneOf("R/W", "sendfile", "splice", "c_f_r", "io_uring", "R+W"),
  depth: optional(positive),
  udmabufLast: optional(boolean),
  pages: optional(oneOf("4k", "thp", "hugetlb")),
  populate: optional(boolean),
};
const cpuTime = object({ userMs: amount, systemMs: amount });
const interval = object({ low: amount, high: amount });
const sample = object({
  round: count,
  createMs: amount,
  ioMs: positive,
  closeMs: amount,
  verified: boolean,
  residentPagesBefore: count,
  residentPagesAfter: count,
  cachePagesAdded: count,
  cpu: object({ create: cpuTime, io: cpuTime, close: cpuTime }),
  instructionsPerByte: orNull(amount),
  device: orNull(object({ total: amount, late: amount })),
  late: boolean,
});
const measured = object({
  ...identity,
  createMs: amount,
  ioMs: positive,
  closeMs: amount,
  intervals: orNull(object({ create: interval, io: interval, close: interval })),
  outliers: list(count),
  MBps: amount,
  percent: orNull(amount),
  limitPercent: orNull(amount),
  verified: boolean,
  late: boolean,
  samples: list(sample),
});
const unsupported = object({ ...identity, unsupported: object({ errno: string, reason: string }) });
const row: Check = (value, at) => {
  const isUnsupported = typeof value === "object" && value !== null && "unsupported" in value;
  (isUnsupported ? unsupported : measured)(value, at);
};
const document = object({
  schema: oneOf(benchSchema),
  environment: object({
    kernel: string,
    series: orNull(string),
    filesystem: string,
    cpu: string,
    architecture: string,
    clock: oneOf("model", "wall"),
    device: orNull(object({ bytesPerSecond: amount, latencyUs: amount })),
    memoryBytes: amount,
    cachesDropped: boolean,
    commit: orNull(string),
    date: string,
  }),
  direction: oneOf("read", "write"),
  sizeBytes: positive,
  chunkBytes: positive,
  runs: count,
  seed: count,
  interrupted: boolean,
  rows: list(row),
});

/**
 * Parses JSON.
 *
 * @throws {DocumentError} if the text is not JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DocumentError("it is not JSON", { cause });
  }
}

/** A document of another schema may be valid: another version wrote it. */
function checkSchema(value: unknown): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) return;
  const { schema } = value as { schema?: unknown };
  if (schema === undefined) throw new DocumentError("it has no schema, which bench --json writes");
  if (typeof schema !== "string" || benchSchemas.some((known) => known === schema)) return;
  throw new DocumentError(
    `its schema is ${JSON.stringify(schema)}, and this version reads ${benchSchemas.join(", ")}`,
  );
}

/**
 * Checks a bench document of any known version, and converts it to the present version.
 *
 * @throws {DocumentError} that says which field is wrong
 */
export function checkDocument(value: unknown, at = ""): BenchDocument {
  checkSchema(value);
  const migrated = migrateBench(value);
  document(migrated, at);
  return migrated as BenchDocument;
}

/**
 * Reads a document that `bench --json` wrote, also on another machine and in an older version.
 * Keeps unknown fields.
 *
 * @param source The source of the text, for the message.
 * @throws {DocumentError} with one line that says which field is wrong.
 */
export function parseDocument(text: string, source: string): BenchDocument {
  try {
    return checkDocument(parseJson(text));
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new DocumentError(`${source} is not a bench result: ${error.message}`, { cause: error });
  }
}
