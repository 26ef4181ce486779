import { checksum, checksumMapping } from "../copy/checksum.ts";
import { type IoMemory, methods, type Range } from "../copy/mod.ts";
import { type Descriptor, dropFromCache, Hash, Mapping, openFile, sync } from "../ffi/mod.ts";
import { createMover } from "./mover.ts";
import type { Direction, Row } from "./result.ts";

/** The transfer of a row's run, in either direction. */
export interface Transfer extends Disposable {
  /** The file of the I/O. */
  readonly file: Descriptor;
  /** Whether other threads do the I/O. */
  readonly threads: boolean;
  /** Prepares the I/O on a buffer, untimed. */
  prepare(buffer: IoMemory, range: Range): void;
  /** Does the I/O, timed. Returns the bytes moved. */
  move(buffer: IoMemory, range: Range): bigint | Promise<bigint>;
  /** Adds a buffer's content to the checksum, in the file's order, untimed. */
  inspect(buffer: IoMemory, bytes: bigint): void;
  /** Whether all moved data is correct. */
  verify(): boolean;
}

/** The input of a {@linkcode Transfer}. */
export interface TransferOptions {
  /** The path of the file of the data. */
  path: string;
  sizeBytes: bigint;
  chunkBytes: bigint;
  /** The checksum of the file's first `sizeBytes`. */
  digest: string;
}

type CreateTransfer = (row: Row, options: TransferOptions) => Transfer;

function readTransfer(row: Row, options: TransferOptions): Transfer {
  using opening = new DisposableStack();
  const file = opening.use(openFile(options.path, { direct: row.io === "direct" }));
  const mover = opening.use(createMover(row, options.chunkBytes));
  const hash = new Hash();
  const inspect = fillsMapping(row) ? checksumMapping : checksumApart;
  const open = opening.move();
  return {
    file,
    threads: mover.threads,
    prepare() {},
    move: (buffer, range) => mover.load(file, buffer, range),
    inspect: (buffer, bytes) => inspect(buffer, hash, bytes),
    verify: () => hash.digest() === options.digest,
    [Symbol.dispose]: () => open.dispose(),
  };
}

/**
 * The checksum of memory that the row's own mapping has not touched. Reading it through the mapping would
 * make page tables, which the timed close would have to undo; reading a memfd does not.
 */
function checksumApart(buffer: IoMemory, hash: Hash, bytes: bigint): void {
  if (buffer.memfd) return checksum(buffer, hash, bytes);
  using mapping = new Mapping(buffer.io, bytes, { access: "read" });
  const { io, memfd } = buffer;
  const cpuAccess: IoMemory["cpuAccess"] = (access) => buffer.cpuAccess(access);
  checksumMapping({ io, memfd, mapping, bytes, cpuAccess }, hash, bytes);
}

/**
 * Whether the I/O itself has made the mapping's page tables. Reading a memfd would then mark its
 * pages as used, which would slow its timed close.
 */
function fillsMapping({ method }: Row): boolean {
  return method === "R/W" || method === "io_uring";
}

/** Writes to a scratch file next to the source, so on the same filesystem; removes it afterwards. */
function writeTransfer(row: Row, options: TransferOptions): Transfer {
  using opening = new DisposableStack();
  const source = opening.use(openFile(options.path));
  const fill = opening.use(methods.read({ chunkBytes: options.chunkBytes }));
  const mover = opening.use(createMover(row, options.chunkBytes));
  const scratch = `${options.path}.dmacopy-${Deno.pid}`;
  const file = opening.use(
    openFile(scratch, { access: "read-write", direct: row.io === "direct", create: "new" }),
  );
  opening.defer(() => Deno.removeSync(scratch));
  const synced = (moved: bigint) => {
    sync(file).sync();
    return moved;
  };
  const open = opening.move();
  return {
    file,
    threads: mover.threads,
    prepare(buffer, range) {
      fill.load(source, buffer, range);
      dropFromCache(source);
    },
    move(buffer, range) {
      const moved = mover.store(file, buffer, range);
      if (typeof moved === "bigint") return synced(moved);
      return moved.then(synced);
    },
    inspect() {},
    verify() {
      dropFromCache(file);
      const hash = new Hash();
      hash.file(file, { bytes: options.sizeBytes }).sync();
      return hash.digest() === options.digest;
    },
    [Symbol.dispose]: () => open.dispose(),
  };
}

/** The transfers, by direction. */
export const transfers: Readonly<Record<Direction, CreateTransfer>> = {
  read: readTransfer,
  write: writeTransfer,
};
