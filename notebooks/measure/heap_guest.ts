/**
 * How long it takes to get a file into one buffer of the heap, inside the guest by its clock: a line
 * of JSON for each size, in MiB, from the largest on, to which the file is cut. With `--fragment` free memory is first cut into pages of
 * 4 KiB, as on a machine that has run for long.
 *
 * @module
 */
import { loadFile } from "../../copy/mod.ts";
import { clockMs, Mapping, usage } from "../../ffi/mod.ts";

const MODEL = "/data/model.bin";
const RUNS = 3;
const PAGE = 4096n;
/** The memory that the program itself may need meanwhile. */
const SPARE_BYTES = 96n << 20n;
const MADV_NOHUGEPAGE = 15;
const MADV_DONTNEED = 4;

const libc = Deno.dlopen("libc.so.6", {
  madvise: { parameters: ["u64", "u64", "i32"], result: "i32" },
});

function freeBytes(): bigint {
  const [, kib = "0"] = /^MemFree:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/meminfo")) ?? [];
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

/** Takes nearly all memory, page by page, and gives every second one back. */
function fragment(): Disposable {
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
  const bytes = (freeBytes() - SPARE_BYTES) / PAGE * PAGE;
  const mapping = new Mapping(null, bytes);
  libc.symbols.madvise(mapping.address, bytes, MADV_NOHUGEPAGE);
  mapping.advise("populate-write");
  for (let at = 0n; at < bytes; at += 2n * PAGE) {
    libc.symbols.madvise(mapping.address + at, PAGE, MADV_DONTNEED);
  }
  return mapping;
}

function tell(numbers: Record<string, unknown>): void {
  console.log(JSON.stringify(numbers));
}

async function measure(bytes: bigint): Promise<void> {
  Deno.truncateSync(MODEL, Number(bytes));
  for (let run = 0; run < RUNS; run++) {
    const free = largeShare();
    const before = usage();
    const start = clockMs();
    const loaded = await loadFile(MODEL, { to: "dmabuf" });
    const ms = clockMs() - start;
    const after = usage();
    loaded[Symbol.dispose]();
    const closed = usage();
    tell({
      ...{ MiB: Number(bytes >> 20n), run, ms, largeShare: free },
      msPerGiB: ms / (Number(bytes) / 2 ** 30),
      kernelMs: after.systemMs - before.systemMs,
      kernelMsWithClose: closed.systemMs - before.systemMs,
    });
  }
}

const [mode, ...sizes] = Deno.args;
using _ = mode === "--fragment" ? fragment() : null;
for (const size of sizes) await measure(BigInt(size) << 20n);
