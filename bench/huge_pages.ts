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

function reserve(bytes: bigint): Disposable | null {
  const pages = hugePages();
  if (pages.bytes === 0) {
    throw new UnsupportedError("this kernel has no hugetlbfs", { errno: "ENOSYS" });
  }
  const missing = Math.ceil(Number(bytes) / pages.bytes) - pages.free;
  if (missing <= 0) return null;
  const more = change(reserved, String(Number(readSetting(reserved)) + missing), "ENOMEM");
  if (hugePages().free * pages.bytes >= bytes) return more;
  more[Symbol.dispose]();
  throw new UnsupportedError(`no memory for ${missing} more huge pages`, { errno: "ENOMEM" });
}

/**
 * Sees to it that a row gets the pages it asks for, until disposed of: transparent ones allowed,
 * those of hugetlbfs reserved. Null where nothing had to change.
 *
 * @throws {UnsupportedError} where it can't: small pages instead would be another row.
 */
export function providePages(row: Row, bytes: bigint): Disposable | null {
  if (row.pages === "hugetlb") return reserve(bytes);
  if (row.pages !== "thp") return null;
  return row.buffer === "anonymous"
    ? allowTransparent("enabled", "madvise")
    : allowTransparent("shmem_enabled", "advise");
}
