// Runs in the lab's guest: counts or times the cases of cases.ts and writes the results as JSON.
import { BUFFERS, createAnonymousMemory, METHODS } from "../../bench/mod.ts";
import {
  checksum,
  createBuffer,
  type IoMemory,
  type Method,
  methods,
  openBuffer,
  type PageKind,
  type SharedBuffer,
} from "../../copy/mod.ts";
import {
  clockMs,
  type Descriptor,
  dropFromCache,
  Hash,
  openFile,
  SystemError,
} from "../../ffi/mod.ts";
import { type Case, letterCases, refusedCases, stageCases } from "./cases.ts";
import type { Counts, Measurements, PageCosts, Refusal, Stages } from "./counts.ts";
import { type HistogramLine, mountTracefs, type Probe, Tracer } from "./tracefs.ts";

const FILE = "/data/model.bin";
const CHUNK_BYTES = 32n << 20n;
const CHUNKS = 8n;
const BYTES = CHUNK_BYTES * CHUNKS;

/** `_copy_to_iter` is below `copy_page_to_iter`: one of the two must not count. */
const copyRoutines: readonly Probe[] = [
  { name: "_copy_to_iter", define: "p _copy_to_iter bytes=$arg2:u64" },
  { name: "_copy_from_iter", define: "p _copy_from_iter bytes=$arg2:u64" },
  {
    name: "copy_page_from_iter_atomic",
    define: "p copy_page_from_iter_atomic bytes=$arg3:u64",
  },
].map((probe) => ({ ...probe, hist: "keys=common_pid:vals=bytes" }));

const counters: readonly Probe[] = [
  ...copyRoutines,
  { name: "cache_add", define: "p filemap_add_folio", hist: "keys=common_pid" },
  { name: "alloc", define: "e:kmem/mm_page_alloc", hist: "keys=order" },
  {
    name: "pin",
    define: "r pin_user_pages_fast pages=$retval:s32",
    hist: "keys=common_pid:vals=pages",
  },
  { name: "drain", define: "r iter_file_splice_write moved=$retval:s64", hist: "keys=moved" },
  { name: "request", define: "e:block/block_rq_issue", hist: "keys=dev:vals=bytes", of: "all" },
];

/** The functions of direct I/O, from the pinning of a page to its release, and those of the series. */
const timedFunctions = [
  "pin_user_pages_fast",
  "bio_iov_iter_get_pages",
  "bio_set_pages_dirty",
  "bio_check_pages_dirty",
  "fill_bvecs_udmabuf",
  "system_heap_fill_bvecs",
];

/** Times a function from entry to return through a synthetic event, as values can't come from two events. */
const timers: readonly Probe[] = timedFunctions.flatMap((name, index): Probe[] => [
  { name: `took${index}`, define: "s u64 ns", hist: "keys=common_pid:vals=ns", of: "all" },
  {
    name: `begin${index}`,
    define: `p ${name}`,
    hist: `keys=common_pid:start${index}=common_timestamp`,
    of: "all",
  },
  {
    name: `end${index}`,
    define: `r ${name}`,
    hist: `keys=common_pid:ns${index}=common_timestamp-$start${index}` +
      `:onmatch(dmacopy.begin${index}).trace(took${index},$ns${index})`,
    of: "all",
  },
]);

/** Buffers of one case, open. */
class Target implements Disposable {
  readonly file: Descriptor;
  readonly #case: Case;
  readonly #buffers: SharedBuffer[];
  readonly #method: Method;
  readonly #bounce: IoMemory;
  readonly #open: DisposableStack;

  constructor(what: Case) {
    using open = new DisposableStack();
    const { buffer, pages = "4k", populate = false, direct, method } = what;
    const { kind, via } = BUFFERS[buffer];
    this.#case = what;
    this.file = open.use(openFile(FILE, { direct }));
    this.#method = open.use(
      methods[method === "R+W" ? "read" : METHODS[method]]({ chunkBytes: CHUNK_BYTES }),
    );
    this.#bounce = open.use(createAnonymousMemory(CHUNK_BYTES, { populate: true }));
    this.#buffers = Array.from(
      { length: Number(CHUNKS) },
      () => open.use(createBuffer(kind, CHUNK_BYTES, { via, pages, populate })),
    );
    this.#open = open.move();
  }

  /** The I/O of all buffers. */
  fill(): void {
    this.#buffers.forEach((buffer, index) => {
      const range = {
        fileOffset: BigInt(index) * CHUNK_BYTES,
        bufferOffset: 0n,
        bytes: CHUNK_BYTES,
      };
      if (this.#case.method !== "R+W") {
        this.#method.load(this.file, buffer, range);
        return;
      }
      this.#method.load(this.file, this.#bounce, range);
      this.#method.store(buffer.io, this.#bounce, { ...range, fileOffset: 0n });
    });
  }

  digest(): string {
    const hash = new Hash();
    for (const buffer of this.#buffers) checksum(buffer, hash, CHUNK_BYTES);
    return hash.digest();
  }

  [Symbol.dispose](): void {
    this.#open.dispose();
  }
}

function dropCaches(file: Descriptor): void {
  dropFromCache(file);
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
}

function fileDigest(): string {
  using file = openFile(FILE);
  const hash = new Hash();
  hash.file(file, { bytes: BYTES }).sync();
  return hash.digest();
}

function sum(lines: HistogramLine[] | undefined, value = "hitcount"): number {
  return (lines ?? []).reduce((total, line) => total + (line[value] ?? 0), 0);
}

/** The counts of the disk that moved most. */
function busiest(lines: HistogramLine[] | undefined): { count: number; bytes: number } {
  const [first] = [...lines ?? []].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  return { count: first?.hitcount ?? 0, bytes: first?.bytes ?? 0 };
}

/** Interrupts of the virtio devices so far, which come from the disks while nothing else runs. */
function diskInterrupts(): number {
  const lines = Deno.readTextFileSync("/proc/interrupts").split("\n");
  return lines.filter((line) => /virtio/.test(line))
    .reduce((total, line) => total + Number(line.trim().split(/\s+/)[1]), 0);
}

function switches(): number {
  const status = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/status`);
  return [...status.matchAll(/ctxt_switches:\s+(\d+)/g)]
    .reduce((total, [, count]) => total + Number(count), 0);
}

function count(what: Case, digest: string): Counts {
  using target = new Target(what);
  dropCaches(target.file);
  using tracer = new Tracer(counters);
  const [interruptsBefore, switchesBefore] = [diskInterrupts(), switches()];
  target.fill();
  const found = tracer.read();
  const [interruptsAfter, switchesAfter] = [diskInterrupts(), switches()];
  return {
    ...what,
    bytes: Number(BYTES),
    verified: target.digest() === digest,
    copied: Object.fromEntries(
      copyRoutines.map(({ name }) => [name, sum(found[name], "bytes")]),
    ),
    cachePages: sum(found.cache_add),
    allocatedPages: (found.alloc ?? []).reduce(
      (total, { order = 0, hitcount }) => total + hitcount * 2 ** order,
      0,
    ),
    pinned: { pages: sum(found.pin, "pages"), calls: sum(found.pin) },
    drains: (found.drain ?? []).map(({ moved = 0, hitcount }) => ({
      bytes: moved,
      times: hitcount,
    })).sort((a, b) => b.bytes - a.bytes),
    requests: busiest(found.request),
    interrupts: interruptsAfter - interruptsBefore,
    switches: switchesAfter - switchesBefore,
  };
}

function time(what: Case): Stages {
  using target = new Target(what);
  dropCaches(target.file);
  using tracer = new Tracer(timers);
  const [start, threadStart] = [clockMs(), clockMs("thread")];
  target.fill();
  const [end, threadEnd] = [clockMs(), clockMs("thread")];
  const found = tracer.read();
  return {
    ...what,
    bytes: Number(BYTES),
    thread: Math.round((threadEnd - threadStart) * 1e6),
    elapsed: Math.round((end - start) * 1e6),
    functions: Object.fromEntries(
      timedFunctions.map((name, index) => [name, sum(found[`took${index}`], "ns")]),
    ),
    calls: Object.fromEntries(
      timedFunctions.map((name, index) => [name, sum(found[`took${index}`])]),
    ),
  };
}

function pageCosts(pages: PageKind): PageCosts {
  using buffer = createBuffer("memfd", BYTES, { pages });
  using again = openBuffer(buffer.io.number);
  if (pages === "thp") again.mapping.advise("huge-pages");
  const populate = ({ mapping }: SharedBuffer) => {
    const start = clockMs("thread");
    mapping.advise("populate-write");
    return Math.round((clockMs("thread") - start) * 1e6);
  };
  const made = populate(buffer);
  return { pages, bytes: Number(BYTES), made, mapped: populate(again), found: populate(again) };
}

function attempt(what: Case): Refusal {
  try {
    using target = new Target(what);
    target.fill();
    return { ...what, error: null };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { ...what, error: { errno: error.code, call: error.call } };
  }
}

function measure(part: string | undefined): Partial<Measurements> {
  if (part === "refusals") return { refusals: refusedCases.map(attempt) };
  if (part !== "traces") throw new Error("what to measure? refusals or traces");
  mountTracefs();
  const digest = fileDigest();
  return {
    counts: letterCases.map((what) => count(what, digest)),
    stages: [...letterCases, ...stageCases].map(time),
    pages: (["4k", "thp", "hugetlb"] as const).map(pageCosts),
  };
}

const result = { kernel: Deno.osRelease(), ...measure(Deno.args[0]) };
Deno.writeTextFileSync("measured.json", JSON.stringify(result));
