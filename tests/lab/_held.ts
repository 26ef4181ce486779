import { openDescriptors } from "../ffi/_fixtures.ts";
import { exists, run } from "./_guest.ts";

const BUFINFO = "/sys/kernel/debug/dma_buf/bufinfo";

/** What the kernel and this process hold. */
export interface Held {
  /** Memory in use that is no cache. */
  bytes: number;
  /** Pages pinned for DMA. */
  pins: number;
  /** Open files of all processes. */
  files: number;
  /** dma-bufs, where debugfs tells. */
  dmaBufs: string;
  /** Of this process. */
  descriptors: string[];
  /** Free pages of hugetlbfs. */
  hugePages: number;
}

/** Looks at what is held now. */
export function held(): Held {
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
  // Adds up what each CPU counts for itself.
  Deno.writeTextFileSync("/proc/sys/vm/stat_refresh", "1");
  const field = (text: string, name: string) =>
    Number(text.match(new RegExp(`^${name}:?\\s+(\\d+)`, "m"))?.[1]);
  const vmstat = Deno.readTextFileSync("/proc/vmstat");
  const meminfo = Deno.readTextFileSync("/proc/meminfo");
  return {
    bytes: -(field(meminfo, "MemFree") + field(meminfo, "Cached") - field(meminfo, "Shmem")) * 1024,
    pins: field(vmstat, "nr_foll_pin_acquired") - field(vmstat, "nr_foll_pin_released"),
    files: parseInt(Deno.readTextFileSync("/proc/sys/fs/file-nr")),
    dmaBufs: bufinfo(),
    descriptors: openDescriptors(),
    hugePages: field(meminfo, "HugePages_Free"),
  };
}

function bufinfo(): string {
  if (!exists("/sys/kernel/debug")) return "";
  if (!exists(BUFINFO)) run("mount", "-t", "debugfs", "debugfs", "/sys/kernel/debug");
  return Deno.readTextFileSync(BUFINFO).match(/^Total.*$/m)?.[0] ?? "";
}
