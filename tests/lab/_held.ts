import { exists } from "../../base/exists.ts";
import { assert, assertEquals } from "@std/assert";
import { openDescriptors } from "../ffi/_fixtures.ts";
import { DEBUG, PAGE } from "./_guest.ts";

/** The difference that is not a leak: caches of each CPU, the tests' own memory. */
const SLACK = 64 << 20;
/** KASAN keeps freed objects, up to a part of all memory: mm/kasan/quarantine.c. */
const KEPT_PART = DEBUG ? 1 / 32 : 0;
/** The kernel counts files by CPU, and adds them up in steps. */
const FILE_SLACK = 200;
const BUFINFO = "/sys/kernel/debug/dma_buf/bufinfo";

/** The memory and pages that the kernel and this process hold. */
export interface Held {
  /** Memory in use, without caches, the kernel's objects and what this process has for itself. */
  bytes: number;
  /** The kernel's objects. */
  objectBytes: number;
  /** Pages pinned for DMA. */
  pins: number;
  /** Open files of all processes. */
  files: number;
  /** dma-bufs, where debugfs tells. */
  dmaBufs: string;
  /** The descriptors of this process. */
  descriptors: string[];
  /** Free pages of hugetlbfs. */
  hugePages: number;
}

function field(text: string, name: string): number {
  return Number(text.match(new RegExp(`^${name}:?\\s+(\\d+)`, "m"))?.[1]);
}

/** Looks at what is held now. */
export function held(): Held {
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
  // Adds up what each CPU counts for itself.
  Deno.writeTextFileSync("/proc/sys/vm/stat_refresh", "1");
  const vmstat = Deno.readTextFileSync("/proc/vmstat");
  const meminfo = Deno.readTextFileSync("/proc/meminfo");
  const cached = (field(meminfo, "Cached") - field(meminfo, "Shmem")) * 1024;
  const own = field(Deno.readTextFileSync("/proc/self/status"), "RssAnon") * 1024;
  const objectBytes = field(meminfo, "Slab") * 1024;
  return {
    bytes: -(field(meminfo, "MemFree") * 1024 + freeOnLists() + cached + objectBytes + own),
    objectBytes,
    pins: field(vmstat, "nr_foll_pin_acquired") - field(vmstat, "nr_foll_pin_released"),
    files: parseInt(Deno.readTextFileSync("/proc/sys/fs/file-nr")),
    dmaBufs: bufinfo(),
    descriptors: openDescriptors(),
    hugePages: field(meminfo, "HugePages_Free"),
  };
}

function totalBytes(): number {
  return field(Deno.readTextFileSync("/proc/meminfo"), "MemTotal") * 1024;
}

/** The freed pages that each CPU keeps, which MemFree leaves out: up to an eighth of all memory. */
function freeOnLists(): number {
  const counts = Deno.readTextFileSync("/proc/zoneinfo").matchAll(/^ +count: +(\d+)/gm);
  return [...counts].reduce((pages, [, count]) => pages + Number(count), 0) * PAGE;
}

function bufinfo(): string {
  if (!exists(BUFINFO)) return "";
  return Deno.readTextFileSync(BUFINFO).match(/^Total.*$/m)?.[0] ?? "";
}

/** The memory held after the kernel has released the pages of direct I/O, which may take time. */
function heldAtLast(pins: number): Held {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 50; tries++) {
    const now = held();
    if (now.pins <= pins) return now;
    Atomics.wait(pause, 0, 0, 100);
  }
  return held();
}

/** That nothing more is held than `before`: pins, descriptors, dma-bufs, files, memory. */
export function assertNothingLeaked(before: Held): void {
  const after = heldAtLast(before.pins);
  assert(after.pins <= before.pins, `${after.pins - before.pins} more pages pinned`);
  assertEquals(after.descriptors, before.descriptors);
  assertEquals(after.dmaBufs, before.dmaBufs);
  assertEquals(after.hugePages, before.hugePages, "huge pages");
  const files = after.files - before.files;
  assert(files < FILE_SLACK, `${files} more open files`);
  const bytes = after.bytes - before.bytes;
  assert(bytes < SLACK, `${bytes} more bytes in use`);
  const objectBytes = after.objectBytes - before.objectBytes;
  assert(objectBytes < SLACK + KEPT_PART * totalBytes(), `${objectBytes} more bytes of objects`);
}
