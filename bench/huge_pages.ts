import { hugePages, readSetting } from "../copy/mod.ts";
import { UnsupportedError } from "./explain.ts";
import type { Row } from "./result.ts";

const transparent = "/sys/kernel/mm/transparent_hugepage";
const reserved = "/proc/sys/vm/nr_hugepages";

/** Sets a setting of the kernel until disposed of. */
function change(path: string, value: string, errno: string): Disposable {
  const before = readSetting(path)?.match(/\[(\w+)\]/)?.[1] ?? readSetting(path);
  if (before === null) throw new UnsupportedError(`this kernel has no ${path}`, { errno });
  try {
    Deno.writeTextFileSync(path, value);
  } catch (cause) {
    throw new UnsupportedError(`${path} must be ${value}: set it as root`, { errno, cause });
  }
  return { [Symbol.dispose]: () => Deno.writeTextFileSync(path, before) };
}

function allowTransparent(file: string, value: string): Disposable | null {
  const path = `${transparent}/${file}`;
  const never = /\[(never|deny)\]/.test(readSetting(path) ?? "[never]");
  return never ? change(path, value, "EPERM") : null;
}

function reserve(sizes: readonly bigint[]): Disposable | null {
  const pages = hugePages();
  if (pages.bytes === 0) {
    throw new UnsupportedError("this kernel has no hugetlbfs", { errno: "ENOSYS" });
  }
  const needed = pagesFor(sizes, pages.bytes);
  const missing = needed - pages.free;
  if (missing <= 0) return null;
  const more = change(reserved, String(Number(readSetting(reserved)) + missing), "ENOMEM");
  if (hugePages().free >= needed) return more;
  more[Symbol.dispose]();
  throw new UnsupportedError(`no memory for ${missing} more huge pages`, { errno: "ENOMEM" });
}

/** Refuses buffers that are all smaller than a huge page, as none would get one. */
function checkFit(sizes: readonly bigint[]): void {
  const { transparentBytes } = hugePages();
  if (sizes.some((bytes) => bytes >= transparentBytes)) return;
  const mebibytes = transparentBytes / 2 ** 20;
  const reason = `huge pages have ${mebibytes} MiB here: take buffers of that size (--chunk)`;
  throw new UnsupportedError(reason, { errno: "EINVAL" });
}

/** The number of huge pages that buffers take: each has its own. */
export function pagesFor(sizes: readonly bigint[], hugeBytes: number): number {
  return sizes.reduce((sum, bytes) => sum + Math.ceil(Number(bytes) / hugeBytes), 0);
}

/**
 * Provides the pages that a row needs until disposed of: it allows transparent huge pages, and reserves
 * those of hugetlbfs. Null if nothing had to change.
 *
 * @param sizes The sizes of all buffers that are open at once, in bytes.
 * @throws {UnsupportedError} if it can't: with small pages it would be another row.
 */
export function providePages(row: Row, sizes: readonly bigint[]): Disposable | null {
  if (row.pages === "hugetlb") return reserve(sizes);
  if (row.pages !== "thp") return null;
  if (row.buffer === "anonymous") return allowTransparent("enabled", "madvise");
  checkFit(sizes);
  return allowTransparent("shmem_enabled", "advise");
}
