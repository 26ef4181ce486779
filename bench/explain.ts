import { describeObstacle, obstacleOf } from "../copy/mod.ts";
import { SystemError } from "../ffi/mod.ts";
import type { UnsupportedRow } from "./result.ts";

/** A row that can't be measured here for a reason other than a failed call. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  /** The nearest errno's name. */
  readonly errno: string;

  constructor(message: string, options: ErrorOptions & { errno: string }) {
    super(message, options);
    this.errno = options.errno;
  }
}

/** The reason why a row did not work, in words; null for errors that don't concern the row. */
export function explain(error: unknown): UnsupportedRow["unsupported"] | null {
  if (error instanceof UnsupportedError) return { errno: error.errno, reason: error.message };
  if (!(error instanceof SystemError)) return null;
  return { errno: error.code, reason: describeObstacle(obstacleOf(error)) };
}
