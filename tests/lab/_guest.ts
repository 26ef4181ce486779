import { assertEquals, assertThrows } from "@std/assert";
import type { BufferKind, PageKind, SharedBuffer, Via } from "../../copy/mod.ts";
import { createBuffer } from "../../copy/mod.ts";
import { cstring } from "../../ffi/_cstring.ts";
import { library } from "../../ffi/_library.ts";
import {
  addSeals,
  copyFileRange,
  createMemfd,
  Descriptor,
  listHeaps,
  Mapping,
  openFile,
  readAt,
  resize,
  SystemError,
} from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";

// The guest's ext4 disk: its other filesystems are in memory.
Deno.env.set("DMACOPY_TEST_DIR", "/data");
Deno.env.set("TMPDIR", "/data");

export const PAGE = 4096;
export const SECTOR = 512;
export const HUGE_PAGE = 2 << 20;
/** Whether the guest's kernel carries the series. */
export const PATCHED = /-dmacopy-(patched|traced|debug|devices)$/.test(Deno.osRelease());
/** Whether it checks itself, which makes it slow. */
export const DEBUG = Deno.osRelease().endsWith("-debug");
/** Whether devices have copies of the memory, as in confidential guests. */
export const IS_BOUNCED = Deno.readTextFileSync("/proc/cmdline").includes("swiotlb=force");

/** open(2)'s flags that {@linkcode openFile} has no use for. */
export const O_APPEND = 0o2000;
export const O_PATH = 0o10000000;
export const O_WRONLY = 1;

/** A kind of buffer, and the descriptor that its I/O goes through. */
export interface Memory {
  kind: BufferKind;
  via?: Via;
  heap?: string;
}

/** The buffers to copy into, by name. */
export const MEMORIES = {
  "memfd": { kind: "memfd" },
  "udmabuf through its memfd": { kind: "udmabuf", via: "memfd" },
  "udmabuf through its dma-buf": { kind: "udmabuf", via: "dmabuf" },
  "dmabuf": { kind: "dmabuf" },
} as const satisfies Record<string, Memory>;

/** A name in {@linkcode MEMORIES}. */
export type MemoryName = keyof typeof MEMORIES;

const [cmaHeap] = listHeaps().filter((name) => name !== "system");

/** The buffers that only a kernel has for which memory is set aside, by name. */
export const SET_ASIDE: Record<string, Memory> = cmaHeap === undefined
  ? {}
  : { "dmabuf of the CMA heap": { kind: "dmabuf", heap: cmaHeap } };

/** A buffer of a kind; the I/O of a udmabuf goes through its dma-buf. */
export function bufferOf(kind: BufferKind, bytes: number): SharedBuffer {
  return createBuffer(kind, BigInt(bytes), { via: kind === "memfd" ? "memfd" : "dmabuf" });
}

/** A dma-buf of each exporter, of small and large pages, by name. */
export const DMA_BUFS: Record<string, (bytes: number) => SharedBuffer> = {
  "dmabuf": (bytes) => createBuffer("dmabuf", BigInt(bytes)),
  ...Object.fromEntries(
    Object.entries(SET_ASIDE).map(([name, { kind, ...options }]) => [
      name,
      (bytes: number) => createBuffer(kind, BigInt(bytes), options),
    ]),
  ),
  ...Object.fromEntries((["4k", "hugetlb"] as PageKind[]).map((pages) => [
    `udmabuf of ${pages} pages`,
    (bytes: number) => createBuffer("udmabuf", BigInt(bytes), { pages, via: "dmabuf" }),
  ])),
};

/** The content of the buffer's mapping. */
export function content(buffer: SharedBuffer): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Number(buffer.bytes));
  using _access = buffer.cpuAccess("read");
  buffer.mapping.peek(0n, out);
  return out;
}

/** Fills the buffer with random bytes through its mapping, and returns them. */
export function scribble(buffer: SharedBuffer): Uint8Array<ArrayBuffer> {
  const data = randomBytes(Number(buffer.bytes));
  using _access = buffer.cpuAccess("write");
  write(data, buffer.mapping);
  return data;
}

/** Copies `data` to the beginning of a mapping. */
export function write(data: Uint8Array, mapping: Mapping): void {
  using file = memfdOf(data);
  readAt(file, { address: mapping.address, bytes: BigInt(data.length), offset: 0n }).sync();
}

/** A memfd with this content. */
export function memfdOf(data: Uint8Array): Descriptor {
  const memfd = createMemfd("test");
  Deno.writeFileSync(`/proc/self/fd/${memfd.number}`, data);
  return memfd;
}

/** A memfd fit for a udmabuf, of random bytes; `content` reads it anew. */
export function sealedMemfd(bytes: number, pages: PageKind = "4k"): {
  memfd: Descriptor;
  data: Uint8Array<ArrayBuffer>;
  content(): Uint8Array<ArrayBuffer>;
} & Disposable {
  using stack = new DisposableStack();
  const memfd = stack.use(createMemfd("test", { hugetlb: pages === "hugetlb" }));
  addSeals(memfd, ["shrink"]);
  resize(memfd, BigInt(bytes));
  const alignBytes = BigInt(HUGE_PAGE);
  using mapping = new Mapping(memfd, BigInt(bytes), { alignBytes });
  if (pages === "thp") mapping.advise("huge-pages");
  const data = randomBytes(bytes);
  write(data, mapping);
  const owned = stack.move();
  return {
    memfd,
    data,
    content() {
      using mapping = new Mapping(memfd, BigInt(bytes), { access: "read" });
      const out = new Uint8Array(bytes);
      mapping.peek(0n, out);
      return out;
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Random bytes. */
export function randomBytes(bytes: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
  return data;
}

/** A random whole number from 0 to `end`, without it. */
export function randomBelow(end: number): number {
  return Math.floor(Math.random() * end);
}

/** One copy_file_range(2); returns the bytes copied. */
export function copy(
  [from, fromOffset]: [Descriptor, number],
  [to, toOffset]: [Descriptor, number],
  bytes: number,
): number {
  const [a, b, count] = [fromOffset, toOffset, bytes].map(BigInt) as [bigint, bigint, bigint];
  return Number(copyFileRange({ from, to, fromOffset: a, toOffset: b, bytes: count }).sync());
}

/** The name of the error that `call` ends in. */
export function refusal(call: () => unknown): string {
  return assertThrows(call, SystemError).code;
}

/** `assertEquals` for megabytes: fast, and without printing them. */
export function assertSame(actual: Uint8Array, expected: Uint8Array, message = ""): void {
  assertEquals(actual.length, expected.length, message);
  const [a, b] = [words(actual), words(expected)];
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) throw new Error(`differs in the 4 bytes at ${i * 4} ${message}`);
  }
  const rest = a.length * 4;
  assertEquals(actual.subarray(rest), expected.subarray(rest), message);
}

function words(data: Uint8Array): Uint32Array {
  const { buffer, byteOffset, length } = data.byteOffset % 4 ? data.slice() : data;
  return new Uint32Array(buffer, byteOffset, length >> 2);
}

/** open(2) with any flags. */
export function openWith(path: string, flags: number): Descriptor {
  const number = library().open(cstring(path), flags, 0o600);
  if (number < 0) throw new SystemError(-number, { call: "open", subject: path });
  return Descriptor.adopt(number, path);
}

/** The file for both its content and copies: buffered or direct, read, written or both. */
export function diskFile(bytes: number, options: { direct?: boolean } = {}): {
  path: string;
  data: Uint8Array;
  file: Descriptor;
} & Disposable {
  using stack = new DisposableStack();
  const { path, data } = stack.use(randomFile(bytes));
  const file = stack.use(openFile(path, { access: "read-write", ...options }));
  const owned = stack.move();
  return { path, data, file, [Symbol.dispose]: () => owned.dispose() };
}

/** `to` with a part replaced by one of `from`; longer if need be. */
export function patched(
  to: Uint8Array,
  from: Uint8Array,
  { fromOffset, toOffset, bytes }: { fromOffset: number; toOffset: number; bytes: number },
): Uint8Array {
  const out = new Uint8Array(Math.max(to.length, toOffset + bytes));
  out.set(to);
  out.set(from.subarray(fromOffset, fromOffset + bytes), toOffset);
  return out;
}

/** Runs a program of the guest's and returns its standard output; a failure is an error. */
export function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}
