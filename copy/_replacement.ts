import { type Descriptor, openFile, sync } from "../ffi/mod.ts";

/** A new file beside the one that it replaces, until it is committed. Disposing it removes it. */
export class Replacement implements Disposable {
  /** The final name: where the path leads to, if it is a symbolic link. */
  readonly path: string;
  /** The name until then. */
  readonly temporary: string;
  /** The new file, to write. */
  readonly descriptor: Descriptor;
  readonly #folder: string;
  readonly #mode: number;
  #committed = false;

  /**
   * Creates the temporary file; nobody else may read it before it is committed.
   *
   * @throws {SystemError}
   * @throws {TypeError} if the path is there and no regular file
   */
  constructor(path: string) {
    const existing = statOrNull(path);
    if (existing && !existing.isFile) throw new TypeError(`${path} is there and no regular file`);
    this.path = existing ? Deno.realPathSync(path) : path;
    // As any new file's, unless one is replaced.
    this.#mode = existing?.mode != null ? existing.mode & 0o7777 : 0o666 & ~Deno.umask();
    const slash = this.path.lastIndexOf("/");
    this.#folder = slash < 0 ? "." : this.path.slice(0, slash) || "/";
    const name = this.path.slice(slash + 1);
    if (name === "") throw new TypeError(`"${path}" names no file`);
    this.temporary = `${this.#folder}/.${name}.${crypto.randomUUID().slice(0, 8)}.part`;
    this.descriptor = openFile(this.temporary, { access: "write", create: "new", mode: 0o600 });
  }

  /** Gives the file its final name, for good: also after a power failure. */
  async commit(): Promise<void> {
    Deno.chmodSync(this.temporary, this.#mode);
    await sync(this.descriptor).async();
    Deno.renameSync(this.temporary, this.path);
    this.#committed = true;
    using folder = openFile(this.#folder);
    await sync(folder).async();
  }

  [Symbol.dispose](): void {
    this.descriptor.close();
    if (!this.#committed) Deno.removeSync(this.temporary);
  }
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
