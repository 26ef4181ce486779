import type { DuckDBConnection } from "@duckdb/node-api";

/** An in-process DuckDB. */
export interface Database extends Disposable {
  /** The rows of a query, as objects. */
  query<T>(sql: string): Promise<T[]>;
}

/** The memory that it may use before it uses the disk. */
const MEMORY = "256MB";

async function duckdb(): Promise<typeof import("@duckdb/node-api")> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new Error(
      "DuckDB can't be loaded, as packages of dmacopy leave it out: run bench fleet from its source",
      { cause },
    );
  }
}

/** Starts DuckDB, which only this function loads, as it has 68 MB. */
export async function openDatabase(): Promise<Database> {
  const { DuckDBInstance } = await duckdb();
  const threads = String(Math.min(4, navigator.hardwareConcurrency));
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: MEMORY, threads });
  const connection: DuckDBConnection = await instance.connect();
  // Otherwise it would buffer the content of the files to keep their order.
  await connection.run("set preserve_insertion_order = false");
  return {
    async query<T>(sql: string) {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS() as T[];
    },
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
