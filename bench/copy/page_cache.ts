import { numberIn } from "../../copy/huge_pages.ts";
import { dropFromCache, openFile, readKernelText, sync } from "../../ffi/mod.ts";
import { mountOf } from "../environment.ts";

/** The share of memory that stays free when the page cache is full. */
const LEFT_FREE = 1 / 16;
const STEP_BYTES = 4 << 20;

/** Writes files back and drops them from the page cache, so that the disk is read. */
export function makeCold(paths: readonly string[]): void {
  for (const path of paths) {
    using file = openFile(path);
    sync(file).sync();
    dropFromCache(file);
  }
}

/**
 * Fills the page cache, by reading the block device that holds `path`, until little memory is free.
 *
 * @throws {Deno.errors.PermissionDenied} without the right to read the device
 * @throws {RangeError} if the device is smaller than memory
 */
export function fillPageCache(path: string): void {
  const { source } = mountOf(Deno.realPathSync(path), readKernelText("/proc/self/mountinfo"));
  using device = Deno.openSync(source);
  const buffer = new Uint8Array(STEP_BYTES);
  while (!isFull()) {
    if (device.readSync(buffer) === null) {
      throw new RangeError(`${source} is smaller than memory, and does not fill the page cache`);
    }
  }
}

function isFull(): boolean {
  const meminfo = readKernelText("/proc/meminfo");
  return numberIn(meminfo, "MemFree") < numberIn(meminfo, "MemTotal") * LEFT_FREE;
}
