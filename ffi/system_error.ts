import { ERRNO } from "./errno.ts";

/** A system call that failed. */
export class SystemError extends Error {
  /** "SystemError" */
  override readonly name = "SystemError";
  /** The error's name, as "EINVAL". */
  readonly errno: string;
  /** The error's number, as 22. */
  readonly number: number;
  /** The call, as "copy_file_range". */
  readonly call: string;
  /** What the call was about: a file, a buffer, or "from → to". */
  readonly subject: string;

  /** Describes the failure of `call` with error `number`; see errno(3). */
  constructor(number: number, options: { call: string; subject: string }) {
    const [errno, text] = ERRNO[number] ?? [`errno ${number}`, "unknown error"];
    super(`${options.call} ${options.subject}: ${errno} (${text})`);
    this.errno = errno;
    this.number = number;
    this.call = options.call;
    this.subject = options.subject;
  }
}

/**
 * Turns the shim's "result or -errno" into a result.
 *
 * @throws {SystemError} if it is negative
 */
export function unwrap<T extends number | bigint>(
  result: T,
  options: { call: string; subject: string },
): T {
  if (result < 0) throw new SystemError(-Number(result), options);
  return result;
}
