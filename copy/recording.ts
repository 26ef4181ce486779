import { roundUp } from "../base/round_up.ts";
import {
  allocate,
  type Descriptor,
  fileStatus,
  openFile,
  pageBytes,
  resize,
  sync,
  SystemError,
} from "../ffi/mod.ts";
import { accessMemfd } from "./_access.ts";
import type { Failure } from "./_attempt.ts";
import type { SharedBuffer, Via } from "./buffer.ts";
import type { Range } from "./method.ts";
import { methods } from "./methods/mod.ts";
import { obstacleOf } from "./obstacles.ts";
import { planSave, type SaveMethod, type SavePlan } from "./plan_save.ts";
import { isRefusal } from "./_refusal.ts";
import { TwoWayFile } from "./_two_way_file.ts";

const STORES = { write: methods.read, copy_file_range: methods.copy_file_range } as const;
/** The least space to reserve ahead, in bytes. */
const AHEAD_BYTES = 256n << 20n;

/** Options of {@linkcode Recording}. */
export interface RecordingOptions {
  /** Whether to bypass the page cache: true insists. @default where possible */
  direct?: boolean | undefined;
  /** Its final size, if that is known; the space is reserved at once. */
  bytes?: bigint | undefined;
}

/** See {@linkcode Recording.way}. */
export interface RecordingWay {
  /** The descriptor to write to. */
  file: Descriptor;
  /** How. */
  method: SaveMethod;
  /** Is told what was written, in bytes. */
  moved(bytes: bigint): void;
}

/** A new file that buffers are written to as they fill, until it is finished. */
export class Recording implements Disposable {
  /** The file. */
  readonly path: string;
  readonly #file: TwoWayFile;
  readonly #direct: boolean | undefined;
  readonly #failed: Failure<SavePlan>[] = [];
  #method: SaveMethod = "write";
  #reserved = 0n;
  #begun = false;

  /**
   * Creates the file.
   *
   * @throws {SystemError} `EEXIST` if it exists
   */
  constructor(path: string, { direct }: RecordingOptions = {}) {
    this.path = path;
    this.#direct = direct;
    this.#file = new TwoWayFile(openFile(path, { access: "read-write", create: "new" }), path);
    if (direct === false) return;
    try {
      const open = () => openFile(path, { access: "write", direct: true });
      this.#file.openDirect(open, { insist: direct === true });
    } catch (error) {
      this.#file[Symbol.dispose]();
      Deno.removeSync(path);
      throw error;
    }
  }

  /**
   * The alignment of the parts in bytes: direct I/O's, and whole pages, as filesystems
   * lock more and clear more for a part of one of their blocks.
   */
  get alignBytes(): bigint {
    const least = this.#file.alignBytes;
    return least > pageBytes() ? least : pageBytes();
  }

  /** The method that moves the bytes. */
  get method(): SaveMethod {
    return this.#method;
  }

  /** Whether all bytes bypassed the page cache. */
  get direct(): boolean {
    return this.#file.direct && this.#file.directBytes > 0n;
  }

  /** The reason if they did not, else null. */
  get fallback(): string | null {
    return this.#file.fallback ?? this.#failed[0]?.why ?? null;
  }

  /**
   * Reserves the space up to `end`, and more if the final size is unknown.
   *
   * @throws {SystemError} `ENOSPC`, if the required space is not free
   */
  async reserve(end: bigint, { exactly }: { exactly: boolean }): Promise<void> {
    if (end <= this.#reserved) return;
    const wanted = exactly ? end : roundUp(end, AHEAD_BYTES) + AHEAD_BYTES;
    const { bytes: before } = fileStatus(this.#file.buffered);
    this.#reserved = wanted;
    try {
      await allocate(this.#file.buffered, wanted).async();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code === "EOPNOTSUPP") return;
      if (exactly || error.code !== "ENOSPC") throw error;
      // The disk is nearly full: each part takes its space when it comes, as others need room, too.
      resize(this.#file.buffered, before);
    }
  }

  /** The end of the reserved space, in bytes. */
  get reservedBytes(): bigint {
    return this.#reserved;
  }

  /**
   * The method and the file for aligned parts of such a buffer, for a loop of system calls; null before
   * the first part was written, or if a part takes several calls. The loop reports bytes by `moved`.
   */
  way(via: Via): RecordingWay | null {
    if (!this.#begun) return null;
    const { direct, method } = planSave({ via, direct: this.#direct, failed: this.#failed });
    if (via === "dmabuf" && method === "write") return null;
    const { file, moved } = this.#file.current;
    return { method, ...(direct ? { file, moved } : { file: this.#file.buffered, moved() {} }) };
  }

  /** Writes a part of a buffer, directly if it is aligned. Several calls may run at once. */
  async write(buffer: SharedBuffer, range: Range): Promise<void> {
    using _access = accessMemfd(buffer);
    for (;;) {
      const failed = [...this.#failed];
      const plan = planSave({ via: buffer.via, direct: this.#direct, failed });
      try {
        return await this.#follow(plan, buffer, range);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Another part was refused meanwhile: the next plan heeds it.
        if (failed.length < this.#failed.length) continue;
        // Throws the error if there is no other method.
        try {
          planSave({
            via: buffer.via,
            direct: this.#direct,
            failed: [...failed, { way: plan, ...obstacleOf(error) }],
          });
        } catch {
          throw error;
        }
        this.#failed.push({ way: plan, ...obstacleOf(error) });
      }
    }
  }

  async #follow(plan: SavePlan, buffer: SharedBuffer, range: Range): Promise<void> {
    using method = STORES[plan.method]();
    this.#method = plan.method;
    const aligned = [range.fileOffset, range.bytes].every((n) => n % this.#file.alignBytes === 0n);
    const moved = await this.#file.move({ ...range, aligned }, {
      direct: plan.direct,
      io: (file) => method.storeAsync(file, buffer, range),
    });
    this.#begun = true;
    if (moved !== range.bytes) {
      throw new Error(`only ${moved} of ${range.bytes} bytes went to ${this.path}`);
    }
  }

  /** Waits until all written data is safely on the disk. */
  async sync(): Promise<void> {
    await sync(this.#file.buffered).async();
  }

  /** Cuts off the reserved rest, and waits for the disk. */
  async finish(bytes: bigint): Promise<void> {
    resize(this.#file.buffered, bytes);
    await this.sync();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
