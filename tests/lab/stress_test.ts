import { assert, assertEquals } from "@std/assert";
import { readSetting } from "../../copy/huge_pages.ts";
import { library } from "../../ffi/_library.ts";
import {
  allocateFromHeap,
  copyFileRange,
  createMemfd,
  Descriptor,
  type LongCall,
  Mapping,
  openFile,
  readAt,
  resize,
  SystemError,
  writeAt,
} from "../../ffi/mod.ts";
import { assertSame, copy, DEBUG, diskFile, PAGE, PATCHED, randomBelow, run } from "./_guest.ts";

const MIB = 2 ** 20;
const BYTES = 16 * MIB;
const RUN_MS = 15_000;
const LONGEST_MS = DEBUG ? 200_000 : 60_000;
const STUCK_S = DEBUG ? 300 : 90;
/** With fewer, memory was not scarce. */
const LEAST_PAGES_SWAPPED = 1000;
const MADV_REMOVE = 9;
/** Answers while others truncate: unaligned, unmapped or no more; and while memory is scarce. */
const EXPECTED = ["EINVAL", "EFAULT", "ENOMEM"];
const NR_HUGEPAGES = "/proc/sys/vm/nr_hugepages";

/** Repeats `action` until it is over, and calls `done` each time that it went well. */
async function repeat(
  action: () => Promise<unknown>,
  { isOver, done }: { isOver: () => boolean; done: () => void },
): Promise<void> {
  while (!isOver()) {
    try {
      await action();
      done();
    } catch (error) {
      if (!(error instanceof SystemError && EXPECTED.includes(error.code))) throw error;
    }
  }
}

/** A random range of whole pages. */
function range(): { offset: bigint; bytes: bigint } {
  const offset = randomBelow(BYTES / PAGE);
  const pages = 1 + randomBelow(BYTES / PAGE - offset);
  return { offset: BigInt(offset * PAGE), bytes: BigInt(pages * PAGE) };
}

function copying(from: Descriptor, to: Descriptor): LongCall {
  const { offset: fromOffset, bytes } = range();
  return copyFileRange({ from, to, fromOffset, toOffset: range().offset, bytes });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function number(file: string, name: string): number {
  return Number(Deno.readTextFileSync(file).match(new RegExp(`^${name}:?\\s+(\\d+)`, "m"))?.[1]);
}

/** Leaves little memory, and swap space to make up for it. */
function scarcity(leftMiB: number): Disposable {
  const before = readSetting(NR_HUGEPAGES)!;
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
  const spare = number("/proc/meminfo", "MemAvailable") / 1024 - leftMiB;
  const swap = Deno.makeTempFileSync();
  run("dd", "if=/dev/zero", `of=${swap}`, "bs=1M", "count=256");
  run("mkswap", swap);
  run("swapon", swap);
  Deno.writeTextFileSync(NR_HUGEPAGES, String(Number(before) + Math.floor(spare / 2)));
  return {
    [Symbol.dispose]() {
      Deno.writeTextFileSync(NR_HUGEPAGES, before);
      run("swapoff", swap);
      Deno.removeSync(swap);
    },
  };
}

/** Ends the guest if this process can't: it, too, may wait for a lock that nobody gives back. */
function watchdog(): AsyncDisposable {
  const script = `sleep ${STUCK_S}; echo 'copies wait for each other' >/job/failure; poweroff -f`;
  const child = new Deno.Command("sh", { args: ["-c", script] }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/**
 * Runs the actions side by side for a while, and on until each went well once and it is enough: a slow
 * machine does less in the same time.
 */
async function churn(
  actions: Record<string, () => Promise<unknown>>,
  isEnough: () => boolean,
): Promise<void> {
  const startMs = performance.now();
  const missing = new Set(Object.keys(actions));
  const isOver = () => {
    const ms = performance.now() - startMs;
    return ms > LONGEST_MS || (ms > RUN_MS && missing.size === 0 && isEnough());
  };
  await using _ = watchdog();
  const runs = Object.entries(actions).map(([name, action]) =>
    repeat(action, { isOver, done: () => missing.delete(name) })
  );
  // If one of them throws, the others still use the memory.
  await Promise.allSettled(runs);
  await Promise.all(runs);
  assertEquals([...missing], [], "these never went well");
}

Deno.test({
  name:
    "copy_file_range() crosswise while memfds are mapped, cut, punched and swapped neither hangs nor errs",
  ignore: !PATCHED,
  async fn() {
    using stack = new DisposableStack();
    const files = [diskFile(BYTES), diskFile(BYTES)].map((disk) => stack.use(disk));
    const direct = files.map(({ path }) =>
      stack.use(openFile(path, { access: "read-write", direct: true }))
    );
    const memfds = ["a", "b"].map((name) => stack.use(createMemfd(name)));
    for (const memfd of memfds) resize(memfd, BigInt(BYTES));
    const mappings = memfds.map((memfd) => stack.use(new Mapping(memfd, BigInt(BYTES))));
    const dmaBuf = stack.use(allocateFromHeap("system", BigInt(BYTES)));
    const [buffered0, buffered1] = files.map(({ file }) => file) as [Descriptor, Descriptor];
    const [direct0, direct1] = direct as [Descriptor, Descriptor];
    const [a, b] = memfds as [Descriptor, Descriptor];
    const [mapA, mapB] = mappings as [Mapping, Mapping];
    const hog = { bytes: 0n, swappedOut: 0 };
    const actions: Record<string, () => Promise<unknown>> = {
      "file 0 → a": () => copying(buffered0, a).async(),
      "a → file 0": () => copying(a, buffered0).async(),
      "file 1 → b, direct": () => copying(direct1, b).async(),
      "b → file 1, direct": () => copying(b, direct1).async(),
      "file 1 → a, direct": () => copying(direct1, a).async(),
      "a → file 1": () => copying(a, buffered1).async(),
      "b → file 0, direct": () => copying(b, direct0).async(),
      "a → b": () => copying(a, b).async(),
      "b → a": () => copying(b, a).async(),
      "dma-buf → a": () => copying(dmaBuf, a).async(),
      "b → dma-buf": () => copying(b, dmaBuf).async(),
      // These hold file 0's lock while they fault the memfds' pages in.
      "write of mapped a to file 0": () => writeAt(buffered0, mapped(mapA)).async(),
      "direct read of file 0 to mapped b": () => readAt(direct0, mapped(mapB)).async(),
      "read of file 1 to mapped a": () => readAt(buffered1, mapped(mapA)).async(),
      "truncation of a": async () => {
        resize(a, range().offset);
        await pause(1);
        resize(a, BigInt(BYTES));
        await pause(5);
      },
      "holes in b": async () => {
        const { offset, bytes } = range();
        await library().madvise_async(mapB.address + offset, bytes, MADV_REMOVE);
        await pause(3);
      },
      // As much as it takes: what the kernel calls available is an estimate.
      "memory pressure": async () => {
        const swappedOut = number("/proc/vmstat", "pswpout");
        if (swappedOut === hog.swappedOut) hog.bytes += BigInt(32 * MIB);
        hog.swappedOut = swappedOut;
        using memory = new Mapping(null, hog.bytes);
        await memory.populate({ offset: 0n, bytes: hog.bytes }).async();
      },
    };
    {
      using _ = scarcity(256);
      hog.bytes = BigInt(number("/proc/meminfo", "MemAvailable") * 1024);
      const before = number("/proc/vmstat", "pswpout");
      hog.swappedOut = before;
      const swapped = () => number("/proc/vmstat", "pswpout") - before;
      await churn(actions, () => swapped() > LEAST_PAGES_SWAPPED);
      assert(swapped() > LEAST_PAGES_SWAPPED, `only ${swapped()} pages were swapped out`);
    }

    // Left alone, every way gives the data again.
    using fresh = diskFile(BYTES);
    resize(direct0, 0n);
    for (const memfd of memfds) {
      resize(memfd, BigInt(BYTES));
      assertEquals(copy([fresh.file, 0], [memfd, 0], BYTES), BYTES);
      assertSame(Deno.readFileSync(`/proc/self/fd/${memfd.number}`), fresh.data);
      assertEquals(copy([memfd, 0], [direct0, 0], BYTES), BYTES);
      assertSame(Deno.readFileSync(files[0]!.path), fresh.data);
    }
  },
});

function mapped({ address }: Mapping): { address: bigint; offset: bigint; bytes: bigint } {
  const { offset, bytes } = range();
  return { address: address + offset, offset: range().offset, bytes };
}
