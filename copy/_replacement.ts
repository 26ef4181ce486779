import {
  type Descriptor,
  linkAt,
  openFile,
  openUnnamed,
  setMode,
  sync,
  SystemError,
} from "../ffi/mod.ts";

/** The errors of filesystems that have no files without a name. */
const NO_UNNAMED: readonly string[] = ["EOPNOTSUPP", "EISDIR", "EINVAL"];
/** The mode of a new file: nobody else may read it before it is complete. */
const MODE = 0o600;

/**
 * A new file beside the one that it will replace when it is committed. If the filesystem supports it,
 * the file has no name until then, so that nothing remains of it if this process dies. Disposing it
 * removes it.
 */
export class Replacement implements Disposable {
  /** The final name: where the path leads to, if it is a symbolic link. */
  readonly path: string;
  /** The new file, to write. */
  readonly descriptor: Descriptor;
  readonly #folder: string;
  /** The name beside the final one. */
  readonly #part: string;
  readonly #mode: number;
  #isNamed = false;

  /**
   * Creates the file.
   *
   * @throws {SystemError}
   * @throws {TypeError} if the path exists and is not a regular file
   */
  constructor(path: string) {
    const existing = statOrNull(path);
    if (existing && !existing.isFile) {
      throw new TypeError(`${path} exists and is not a regular file`);
    }
    this.path = existing ? Deno.realPathSync(path) : path;
    // The mode of any new file, unless one is replaced.
    this.#mode = existing?.mode != null ? existing.mode & 0o7777 : 0o666 & ~Deno.umask();
    const slash = this.path.lastIndexOf("/");
    this.#folder = slash < 0 ? "." : this.path.slice(0, slash) || "/";
    const name = this.path.slice(slash + 1);
    if (name === "") throw new TypeError(`"${path}" names no file`);
    this.#part = `${this.#folder}/.${name}.${crypto.randomUUID().slice(0, 8)}.part`;
    this.descriptor = this.#create();
  }

  #create(): Descriptor {
    try {
      return openUnnamed(this.#folder, { name: this.path, mode: MODE });
    } catch (error) {
      if (!(error instanceof SystemError && NO_UNNAMED.includes(error.code))) throw error;
    }
    const options = { access: "read-write", create: "new", mode: MODE, name: this.path } as const;
    const descriptor = openFile(this.#part, options);
    this.#isNamed = true;
    return descriptor;
  }

  /** The path that opens the new file again. */
  get temporary(): string {
    return this.#isNamed ? this.#part : `/proc/self/fd/${this.descriptor.number}`;
  }

  /** Gives the file its final name, which it also has after a power failure. */
  async commit(): Promise<void> {
    setMode(this.descriptor, this.#mode);
    await sync(this.descriptor).async();
    if (!this.#isNamed) linkAt(this.descriptor, this.#part);
    this.#isNamed = true;
    Deno.renameSync(this.#part, this.path);
    this.#isNamed = false;
    using folder = openFile(this.#folder);
    await sync(folder).async();
  }

  [Symbol.dispose](): void {
    this.descriptor.close();
    if (this.#isNamed) Deno.removeSync(this.#part);
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
