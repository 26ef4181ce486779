import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

const FD_CLOEXEC = 1;

/**
 * An open file descriptor that this object owns. It closes on exec unless made inheritable.
 */
export class Descriptor implements Disposable {
  /** Its name for messages: a path, "memfd", "dma-buf". */
  readonly name: string;
  #number: number;

  private constructor(number: number, name: string) {
    this.#number = number;
    this.name = name;
  }

  /** Takes ownership of the open descriptor `number`. */
  static adopt(number: number, name: string): Descriptor {
    return new Descriptor(number, name);
  }

  /**
   * A new descriptor for the file that is open as `number`, which stays open; see fcntl(2),
   * `F_DUPFD_CLOEXEC`.
   *
   * @param least The least number that it may get.
   * @throws {SystemError} `EBADF` if the number is not open, `EINVAL` if `least` is above
   *   `RLIMIT_NOFILE`
   */
  static duplicate(number: number, least = 0): Descriptor {
    const name = `fd:${number}`;
    const result = unwrap(library().dup(number, least), { call: "fcntl", subject: name });
    return new Descriptor(result, name);
  }

  /**
   * The descriptor's number.
   *
   * @throws {TypeError} once closed: the number may be another file's by then
   */
  get number(): number {
    if (this.#number < 0) throw new TypeError(`${this.name} is closed`);
    return this.#number;
  }

  /** Sets whether programs started from now on inherit it; see fcntl(2), `F_SETFD`. */
  setInheritable(inheritable: boolean): void {
    const result = library().set_fd_flags(this.number, inheritable ? 0 : FD_CLOEXEC);
    unwrap(result, { call: "fcntl", subject: this.name });
  }

  /**
   * Closes it. Closing twice is harmless.
   *
   * @throws {SystemError} if written data was lost; the descriptor is closed in any case
   */
  close(): void {
    if (this.#number < 0) return;
    const number = this.#number;
    this.#number = -1;
    unwrap(library().close(number), { call: "close", subject: this.name });
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
