import { cut } from "../base/cut.ts";
import type { IoMemory, Range } from "../copy/mod.ts";
import { dropFromCache, pageBytes, residentPages } from "../ffi/mod.ts";
import { BufferAddresses } from "./buffer_addresses.ts";
import { deviceBytes, deviceBytesSince, isLate } from "./device.ts";
import { UnsupportedError } from "./explain.ts";
import { providePages } from "./huge_pages.ts";
import type { Direction, Environment, Row, Sample } from "./result.ts";
import { collectGarbage } from "./garbage.ts";
import { closeRowBuffer, createRowBuffer } from "./row_buffer.ts";
import { Stopwatch } from "./stopwatch.ts";
import { warmUp } from "./warm_up.ts";
import { type Transfer, type TransferOptions, transfers } from "./transfer.ts";

/** The input of {@linkcode runRow} besides the row. */
export interface RunRowOptions extends TransferOptions {
  direction: Direction;
  round: number;
  clock: Environment["clock"];
  /** Empties the kernel's caches, if it may. */
  dropCaches: () => void;
  signal?: AbortSignal | undefined;
}

/** The most bytes of buffers that are open at once; the letter's gigabyte fits. */
export const heldBytes = 2n ** 30n;

/** An open buffer, and the bytes of the file in it. */
interface Filled {
  buffer: IoMemory & Disposable;
  bytes: bigint;
}

/** Lets a signal's handler run between two buffers, and V8 collect garbage. */
async function breathe(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  collectGarbage("minor");
}

function ranges({ sizeBytes, chunkBytes }: TransferOptions): Range[] {
  return [...cut(sizeBytes, chunkBytes)].map(({ offset, bytes }) => ({
    fileOffset: offset,
    bufferOffset: 0n,
    bytes,
  }));
}

/** The sizes of the buffers that may be open at once. */
function heldAtOnce(options: TransferOptions): bigint[] {
  return ranges(options)
    .filter(({ fileOffset, bytes }) => fileOffset + bytes <= heldBytes)
    .map(({ bytes }) => bytes);
}

/** Drops a range of the file from the cache, and does the I/O of one buffer. Returns the pages added to the cache. */
async function fill(
  transfer: Transfer,
  buffer: IoMemory,
  { range, watch }: { range: Range; watch: Stopwatch },
): Promise<number> {
  const { file } = transfer;
  const part = { offset: range.fileOffset, bytes: range.bytes };
  transfer.prepare(buffer, range);
  dropFromCache(file, part);
  const before = residentPages(file);
  const moved = transfer.threads
    ? await watch.timeThreads(async () => await transfer.move(buffer, range))
    : watch.time(() => transfer.move(buffer, range));
  if (moved !== range.bytes) {
    throw new Error(`${file.name} has changed: ${moved} of ${range.bytes} bytes moved`);
  }
  const added = residentPages(file) - before;
  dropFromCache(file, part);
  return Math.max(0, added);
}

/** Some filesystems accept `O_DIRECT` and use the page cache, which is another row. */
function checkDirect({ io }: Row, pagesAdded: number, sizeBytes: bigint): void {
  if (io !== "direct" || BigInt(pagesAdded) * pageBytes() * 2n < sizeBytes) return;
  const reason = "this filesystem goes through the page cache in spite of O_DIRECT";
  throw new UnsupportedError(reason, { errno: "EOPNOTSUPP" });
}

function release(transfer: Transfer, held: Filled[], watch: Stopwatch): void {
  for (const { buffer, bytes } of held) transfer.inspect(buffer, bytes);
  collectGarbage("minor");
  for (const { buffer } of held.splice(0)) watch.time(() => closeRowBuffer(buffer));
}

/**
 * Runs a row once, as the letter does: creates and fills one buffer after the other, keeps all open
 * until the last is filled, verifies them, then closes them.
 *
 * @throws {SystemError} if the kernel does not support the row.
 * @throws the signal's reason once it is aborted; the run then counts for nothing.
 */
export async function runRow(row: Row, options: RunRowOptions): Promise<Sample> {
  const { signal, round, sizeBytes } = options;
  const [create, io, close] = [new Stopwatch(), new Stopwatch(), new Stopwatch()];
  const held: Filled[] = [];
  using cleanup = new DisposableStack();
  cleanup.use(providePages(row, heldAtOnce(options)));
  const transfer = cleanup.use(transfers[options.direction](row, options));
  cleanup.defer(() => held.forEach(({ buffer }) => buffer[Symbol.dispose]()));

  if (round === 0) await warmUp(row, signal);
  collectGarbage("major");
  options.dropCaches();
  dropFromCache(transfer.file);
  const residentPagesBefore = residentPages(transfer.file);
  const deviceBefore = deviceBytes();
  const addresses = new BufferAddresses();
  let cachePagesAdded = 0;
  let heldNow = 0n;
  for (const range of ranges(options)) {
    await breathe();
    signal?.throwIfAborted();
    if (heldNow + range.bytes > heldBytes) {
      release(transfer, held, close);
      heldNow = 0n;
      addresses.reset();
    }
    const place = { bytes: range.bytes, addressHint: addresses.take(range.bytes) };
    const buffer = create.time(() => createRowBuffer(row, place));
    held.push({ buffer, bytes: range.bytes });
    heldNow += range.bytes;
    cachePagesAdded += await fill(transfer, buffer, { range, watch: io });
  }
  checkDirect(row, cachePagesAdded, sizeBytes);
  const device = deviceBytesSince(deviceBefore);
  release(transfer, held, close);
  const verified = transfer.verify();
  dropFromCache(transfer.file);
  const residentPagesAfter = residentPages(transfer.file);
  options.dropCaches();

  return {
    round,
    createMs: create.ms,
    ioMs: io.ms,
    closeMs: close.ms,
    verified,
    residentPagesBefore,
    residentPagesAfter,
    cachePagesAdded,
    cpu: { create: create.cpu, io: io.cpu, close: close.cpu },
    instructionsPerByte: options.clock === "model" ? io.threadMs * 1e6 / Number(sizeBytes) : null,
    device,
    late: isLate(device),
  };
}
