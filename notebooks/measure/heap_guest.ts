/**
 * How long it takes to get a file into one buffer of the heap, inside the guest by its clock: a line
 * of JSON for each size, in MiB, from the largest on, to which the file is cut. With `--fragment` free
 * memory is first cut into pages of 4 KiB, as on a machine that has run for long. Where the host was
 * too slow for the disk's model, `late` is true, and the time does not count.
 *
 * @module
 */
import { deviceBytes, deviceBytesSince, isLate } from "../../bench/device.ts";
import { loadFile } from "../../copy/mod.ts";
import { clockMs, Mapping, usage } from "../../ffi/mod.ts";

const MODEL = "/data/model.bin";
const RUNS = 3;
const PAGE = 4096n;
/** The memory that the program itself and the page tables may need meanwhile. */
const SPARE_BYTES = 128n << 20n;
const MADV_NOHUGEPAGE = 15;
const MADV_DONTNEED = 4;

const MLOCK_ONFAULT = 1;
const WARM_UP_BYTES = 4 << 20;
/** USER_HZ is 100. */
const TICK_MS = 10;

const libc = Deno.dlopen("libc.so.6", {
  madvise: { parameters: ["u64", "u64", "i32"], result: "i32" },
  mlock2: { parameters: ["u64", "u64", "i32"], result: "i32" },
});

/** The memory that programs can get: less than is free, as the kernel keeps some for itself. */
function availableBytes(): bigint {
  const meminfo = Deno.readTextFileSync("/proc/meminfo");
  const [, kib = "0"] = /^MemAvailable:\s+(\d+)/m.exec(meminfo) ?? [];
  return BigInt(kib) << 10n;
}

/** How much of the free memory is in pieces of 64 KiB and more. */
function largeShare(): number {
  const zones = Deno.readTextFileSync("/proc/buddyinfo").trim().split("\n")
    .map((line) => line.trim().split(/\s+/).slice(4).map(Number));
  const pages = (from: number) =>
    zones.flatMap((counts) => counts.map((n, order) => order < from ? 0 : n * 2 ** order))
      .reduce((sum, n) => sum + n, 0);
  return pages(4) / pages(0);
}

/** Takes nearly all memory, page by page, gives every second one back, and has the others stay. */
function fragment(): Disposable {
  Deno.writeTextFileSync("/proc/sys/vm/compact_unevictable_allowed", "0");
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
  const bytes = (availableBytes() - SPARE_BYTES) / PAGE * PAGE;
  const mapping = new Mapping(null, bytes);
  libc.symbols.madvise(mapping.address, bytes, MADV_NOHUGEPAGE);
  mapping.advise("populate-write");
  for (let at = 0n; at < bytes; at += 2n * PAGE) {
    libc.symbols.madvise(mapping.address + at, PAGE, MADV_DONTNEED);
  }
  if (libc.symbols.mlock2(mapping.address, bytes, MLOCK_ONFAULT) < 0) {
    throw new Error("the kernel does not lock memory");
  }
  return mapping;
}

/** The CPU time of kcompactd so far, which a machine with one CPU takes from the load. */
function kcompactdMs(): number {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [, command, ...fields] = Deno.readTextFileSync(`/proc/${name}/stat`).split(/[()] ?/);
    if (command !== "kcompactd0") continue;
    // proc_pid_stat(5): user and system time are fields 14 and 15, in ticks.
    const [user = 0, system = 0] = fields[0]!.split(" ").slice(11, 13).map(Number);
    return (user + system) * TICK_MS;
  }
  throw new Error("the kernel has no kcompactd");
}

function tell(numbers: Record<string, unknown>): void {
  console.log(JSON.stringify(numbers));
}

/** Has the program's code in memory, which fragment() has dropped. */
async function warmUp(): Promise<void> {
  const path = await Deno.makeTempFile({ dir: "/data" });
  await Deno.writeFile(path, new Uint8Array(WARM_UP_BYTES));
  for (let run = 0; run < RUNS; run++) {
    using _ = await loadFile(path, { to: "dmabuf" });
  }
  await Deno.remove(path);
}

async function measure(bytes: bigint): Promise<void> {
  Deno.truncateSync(MODEL, Number(bytes));
  for (let run = 0; run < RUNS; run++) {
    const free = largeShare();
    const device = deviceBytes();
    const compactedMs = kcompactdMs();
    const before = usage();
    const start = clockMs();
    const loaded = await loadFile(MODEL, { to: "dmabuf" });
    const ms = clockMs() - start;
    const after = usage();
    const kcompactd = kcompactdMs() - compactedMs;
    loaded[Symbol.dispose]();
    const closed = usage();
    tell({
      ...{ MiB: Number(bytes >> 20n), run, ms, largeShare: free },
      late: isLate(deviceBytesSince(device)),
      msPerGiB: ms / (Number(bytes) / 2 ** 30),
      kernelMs: after.systemMs - before.systemMs,
      kernelMsWithClose: closed.systemMs - before.systemMs,
      kcompactdMs: kcompactd,
    });
  }
}

const [mode, ...sizes] = Deno.args;
using _ = mode === "--fragment" ? fragment() : null;
await warmUp();
for (const size of sizes) await measure(BigInt(size) << 20n);
