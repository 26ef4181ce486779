import { assert } from "@std/assert";
import type { SharedBuffer } from "../../copy/mod.ts";
import { copyFileRange, type Descriptor, SystemError } from "../../ffi/mod.ts";
import { type FaultyDisk, offsetOnDisk } from "./_device_mapper.ts";
import { bufferOf, PAGE } from "./_guest.ts";

/** Two pieces of each order that the heap allocates: 8, 4 and 0. */
export const BYTES = 2 * (2 ** 20 + 16 * PAGE + PAGE);
/** The times at which others see the memory, as the load goes. */
export const TIMES = ["before", "amid", "after"] as const;

/** The content of freed memory. */
const STALE = 0x5a;

/** A load: how much from where in the file to where in the buffer, and what is wrong with it. */
export interface Load {
  from: number;
  to: number;
  bytes: number;
  /** Which of the file's pages the disk can't read. */
  badPage?: number;
}

/** A buffer, and what it is loaded from. */
export interface Scene {
  buffer: SharedBuffer;
  file: Descriptor;
  load: Load;
}

/** A scene, and all that plays in it. */
export interface Stage {
  disk: FaultyDisk;
  /** The file's. */
  path: string;
  /** The file's content. */
  data: Uint8Array;
  scene: Scene;
  when: typeof TIMES[number];
}

/** Lets the disk serve the load, but for its bad page. */
export function letGo({ disk, path, scene: { load: { badPage } } }: Stage): void {
  if (badPage === undefined) disk.repair();
  else disk.damage(offsetOnDisk(path, badPage), PAGE);
}

/** Has another thread load; the answer is the bytes, or the error's name. */
export async function begin({ buffer, file, load }: Scene): Promise<number | string> {
  try {
    const [fromOffset, toOffset, bytes] = [load.from, load.to, load.bytes].map(BigInt) as [
      bigint,
      bigint,
      bigint,
    ];
    return Number(
      await copyFileRange({ from: file, to: buffer.io, fromOffset, toOffset, bytes }).async(),
    );
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.code;
  }
}

/** Whether a thread of this process waits for the disk. */
function isBlocked(thread: string): boolean {
  try {
    return / D /.test(Deno.readTextFileSync(`/proc/self/task/${thread}/stat`));
  } catch (error) {
    // The thread has ended since it was listed: before the file was opened (ENOENT), or after.
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ESRCH") return false;
    throw error;
  }
}

/** Waits until a thread of this process waits for the disk: without that, no look is amid a load. */
export async function untilBlocked(): Promise<void> {
  const blocked = () => Deno.readDirSync("/proc/self/task").some(({ name }) => isBlocked(name));
  for (let tries = 0; !blocked(); tries++) {
    assert(tries < 3000, "the load does not wait for the disk");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Fills memory as a buffer will have it, and frees that. */
export function makeStale(): void {
  using buffer = bufferOf("dmabuf", 2 * BYTES);
  const address = Deno.UnsafePointer.create(buffer.mapping.address)!;
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(address, 2 * BYTES)).fill(STALE);
}
