import type { LoadedBuffer } from "../copy/mod.ts";
import { pageBytes } from "../ffi/mod.ts";

/** The kind of a descriptor that is handed over; a udmabuf is also a dma-buf. */
export type HandedKind = "memfd" | "udmabuf" | "dmabuf";

/** A tensor of a model file. */
export interface TensorName {
  /** Its name in the file. */
  name: string;
  /** The type of its elements, as the file calls it: "F32", "Q4_K". */
  dtype: string;
  /** Its dimensions, in the order of the file's format. */
  shape: readonly number[];
}

/** A tensor, and its places in its file and in the buffer, in bytes. */
export interface TensorPlace extends TensorName {
  /** The file. */
  path: string;
  /** Where it begins in the file. */
  offset: bigint;
  /** Where it begins in the buffer. */
  bufferOffset: bigint;
  /** Its length. */
  bytes: bigint;
}

/** A part of a file, and its place in a buffer; all numbers are bytes. */
export interface ManifestPart {
  /** The file. */
  path: string;
  /** Where the part begins in the file. */
  fileOffset: number;
  /** Where it begins in the buffer. */
  bufferOffset: number;
  /** Its length. */
  bytes: number;
  /** The alignment of its address in the buffer: a power of two, at most the page size. */
  alignBytes?: number;
  /** The tensor, if the part is one; it may lie in another part, which is a whole file. */
  tensor?: TensorName;
}

/** The description of a buffer that is handed over. */
export interface ManifestBuffer {
  /** The file's name, without its folder. */
  name: string;
  /** The kind of the descriptor. */
  kind: HandedKind;
  /** The end of the content, in bytes. */
  bytes: number;
  /** The buffer's size in bytes: the content's, rounded up to whole pages. */
  capacityBytes: number;
  /** Whether the content was compared with the file. */
  verified: boolean;
  /** The XXH64 of the content if the file was read again, else null. */
  xxh64: string | null;
  /**
   * Whether the CPU must access its mapping only between the start and the end of
   * `DMA_BUF_IOCTL_SYNC`, as for a dma-buf.
   */
  cpuSync?: boolean;
  /** Whether its pages stay in place while any process has it open, as a dma-buf's pages do. */
  pinned?: boolean;
  /** The parts of files in the buffer, and their places. */
  layout: readonly ManifestPart[];
}

/** The description of the buffers whose descriptors `copy --serve` hands out, in order. */
export interface Manifest {
  /** The version of this format. */
  dmacopy: 1;
  /** The buffers. */
  buffers: readonly ManifestBuffer[];
}

/**
 * Describes loaded files.
 *
 * @param tensors The tensors in the first buffer: parts of its layout, or within such parts.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, manifestOf } from "dmacopy";
 *
 * using model = await loadFile("/etc/passwd", { to: "memfd" });
 * const { buffers: [info] } = manifestOf([model]);
 * assertEquals([info?.name, info?.kind, info?.verified], ["passwd", "memfd", false]);
 * ```
 */
export function manifestOf(
  files: readonly LoadedBuffer[],
  tensors: readonly TensorPlace[] = [],
): Manifest {
  return { dmacopy: 1, buffers: files.map((file, i) => describe(file, i === 0 ? tensors : [])) };
}

function describe(
  { buffer, bytes, verified, checksum, layout }: LoadedBuffer,
  tensors: readonly TensorPlace[],
): ManifestBuffer {
  const named = new Set(tensors.map(placeOf));
  const isDmaBuf = buffer.kind !== "memfd";
  return {
    name: layout[0]?.path.split("/").at(-1) ?? "",
    kind: buffer.kind,
    bytes: Number(bytes),
    capacityBytes: Number(buffer.bytes),
    verified,
    xxh64: checksum,
    cpuSync: isDmaBuf,
    pinned: isDmaBuf,
    layout: [
      ...layout.filter((range) => !named.has(placeOf(range))).map(describePart),
      ...tensors.map((tensor) => ({
        ...describePart({ ...tensor, fileOffset: tensor.offset }),
        tensor: nameOf(tensor),
      })),
    ],
  };
}

function describePart(
  { path, fileOffset, bufferOffset, bytes }: LoadedBuffer["layout"][number],
): ManifestPart {
  return {
    path,
    fileOffset: Number(fileOffset),
    bufferOffset: Number(bufferOffset),
    bytes: Number(bytes),
    alignBytes: alignmentOf(bufferOffset),
  };
}

/** A buffer begins at a page. */
function alignmentOf(offset: bigint): number {
  const page = pageBytes();
  const lowestBit = offset & -offset;
  return Number(lowestBit === 0n || lowestBit > page ? page : lowestBit);
}

/** Distinguishes places in one buffer. */
function placeOf({ bufferOffset, bytes }: { bufferOffset: bigint; bytes: bigint }): string {
  return `${bufferOffset} ${bytes}`;
}

function nameOf({ name, dtype, shape }: TensorName): TensorName {
  return { name, dtype, shape };
}

type Is = (value: unknown) => boolean;

const isText: Is = (value) => typeof value === "string";
const isSize: Is = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const isBoolean: Is = (value) => typeof value === "boolean";

function optional(is: Is): Is {
  return (value) => value === undefined || is(value);
}

function isList(is: Is): Is {
  return (value) => Array.isArray(value) && value.every(is);
}

function isRecord(fields: Readonly<Record<string, Is>>): Is {
  return (value) =>
    typeof value === "object" && value !== null &&
    Object.entries(fields).every(([name, is]) => is((value as Record<string, unknown>)[name]));
}

const isTensor = isRecord({ name: isText, dtype: isText, shape: isList(isSize) });
const isPart = isRecord({
  ...{ path: isText, fileOffset: isSize, bufferOffset: isSize, bytes: isSize },
  ...{ alignBytes: optional(isSize), tensor: optional(isTensor) },
});
const isBuffer = isRecord({
  name: isText,
  kind: (value) => ["memfd", "udmabuf", "dmabuf"].includes(value as string),
  ...{ bytes: isSize, capacityBytes: isSize },
  ...{ verified: isBoolean, cpuSync: optional(isBoolean), pinned: optional(isBoolean) },
  xxh64: (value) => value === null || isText(value),
  layout: isList(isPart),
});

/** Whether a reader that trusts the description stays within the buffer. */
function isWithin({ bytes, capacityBytes, layout }: ManifestBuffer): boolean {
  return bytes <= capacityBytes &&
    layout.every((part) => part.bufferOffset + part.bytes <= bytes);
}

/**
 * Reads a manifest.
 *
 * @throws {TypeError} if the text is not a manifest, or of another version
 */
export function parseManifest(text: string): Manifest {
  const { dmacopy, buffers } = (parseJson(text) ?? {}) as Partial<Manifest>;
  if (dmacopy !== 1) {
    throw new TypeError("this is not a manifest of dmacopy, or its version is unknown");
  }
  if (!isList(isBuffer)(buffers)) {
    throw new TypeError("the manifest lacks a field, or has one of a wrong type");
  }
  const wrong = buffers!.find((buffer) => !isWithin(buffer));
  if (wrong) throw new TypeError(`the manifest places data outside the buffer "${wrong.name}"`);
  return { dmacopy, buffers: buffers! };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError("the manifest is not JSON", { cause });
  }
}
