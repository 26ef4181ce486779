import { LabError, type Variant } from "../kernel/lab/mod.ts";
import { runSession } from "./lab_session.ts";
import type { StatusLine } from "./status_line.ts";

const FOLDER = new URL("../tests/lab/", import.meta.url);

/** Options of {@linkcode runLabTests}. */
export interface LabTestOptions {
  kernel: Variant;
  /** Only the tests whose name contains this. */
  filter?: string | undefined;
  status: StatusLine;
  signal: AbortSignal;
}

/**
 * Runs the modules of tests/lab in one guest and returns the status of `deno test`.
 *
 * @throws {LabError} if the guest's kernel logged a warning or a bug
 */
export async function runLabTests(options: LabTestOptions): Promise<number> {
  const { filter, ...session } = options;
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts")).sort();
  const bundles = Object.fromEntries(
    names.map((name) => [name.replace(/ts$/, "js"), new URL(name, FOLDER).pathname]),
  );
  const result = await runSession([
    ...["deno", "test", "-A", "--no-remote", "--no-check"],
    ...(filter ? ["--filter", filter] : []),
    ...Object.keys(bundles).map((name) => `/job/${name}`),
  ], { ...session, bundles, clock: "wall" });
  if (result.complaints.length === 0) return result.status;
  throw new LabError("the guest's kernel logged what a sound kernel does not", {
    lines: result.complaints,
  });
}
