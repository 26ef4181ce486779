import { ERRNO } from "./errno.ts";

/** The failed call in a {@linkcode SystemError}. */
export interface ErrorContext {
  /** The call, as "copy_file_range". */
  call: string;
  /** The object of the call: a file, a buffer, or "from → to". */
  subject: string;
  /** The path in the call. */
  path?: string;
}

/** A system call that failed. */
export class SystemError extends Error {
  /** "SystemError" */
  override readonly name = "SystemError";
  /** The error's name, as "EINVAL". */
  readonly code: string;
  /** The error's number, as 22: positive, as in errno(3). */
  readonly errno: number;
  /** The call, as "copy_file_range". */
  readonly call: string;
  /** The object of the call: a file, a buffer, or "from → to". */
  readonly subject: string;
  /** The path in the call; undefined if it had none. */
  readonly path: string | undefined;

  /** Describes the failure of `call` with error `errno`; see errno(3). */
  constructor(errno: number, { call, subject, path }: ErrorContext) {
    const [code, text] = describe(errno);
    super(`${call} ${subject}: ${code} (${text})`);
    this.code = code;
    this.errno = errno;
    this.call = call;
    this.subject = subject;
    this.path = path;
  }
}

function describe(errno: number): readonly [name: string, text: string] {
  return ERRNO[errno] ?? [`errno ${errno}`, "unknown error"];
}

/** The name of the error in the shim's "result or -errno"; null if it is a result. */
export function errorName(result: number | bigint): string | null {
  return result < 0 ? describe(-Number(result))[0] : null;
}

/**
 * Turns the shim's "result or -errno" into a result.
 *
 * @throws {SystemError} if it is negative
 */
export function unwrap<T extends number | bigint>(result: T, context: ErrorContext): T {
  if (result < 0) throw new SystemError(-Number(result), context);
  return result;
}
