import { type HandedKind, type Manifest, parseManifest } from "../handover/mod.ts";

/** The file that describes a snapshot, by its name in the folder. */
export const CONTENTS = "snapshot.json";

/** A buffer in a snapshot. */
export interface KeptBuffer {
  /** The file in the folder that has all of it, up to its capacity. */
  file: string;
  /** The kind of the buffer. */
  kind: HandedKind;
  /** The heap under /dev/dma_heap that a dmabuf came from, else null. */
  heap: string | null;
  /** The size of the whole buffer in bytes, not of its content alone. */
  bytes: number;
  /** The XXH64 of the file. */
  xxh64: string;
}

/** The description of a snapshot. */
export interface Contents {
  /** The version of this format. */
  dmacopySnapshot: 1;
  /** The start of the snapshot, in ISO 8601. */
  takenAt: string;
  /** The buffers, in the manifest's order. */
  buffers: readonly KeptBuffer[];
  /** The task's description of them. */
  manifest: Manifest;
}

/**
 * Reads the description of a snapshot.
 *
 * @throws {TypeError} if the text is not one, or of another version
 */
export function parseContents(text: string): Contents {
  const contents = parseJson(text) as Partial<Contents> | null;
  if (contents?.dmacopySnapshot !== 1) {
    throw new TypeError(`${CONTENTS} is not a snapshot's, or its version is unknown`);
  }
  const { takenAt, buffers } = contents;
  const manifest = parseManifest(JSON.stringify(contents.manifest ?? null));
  if (typeof takenAt !== "string" || !Array.isArray(buffers) || !buffers.every(isKept)) {
    throw new TypeError(`${CONTENTS} lacks a field, or has one of a wrong type`);
  }
  const fits = buffers.length === manifest.buffers.length &&
    buffers.every(({ bytes }, i) => bytes >= manifest.buffers[i]!.bytes);
  if (!fits) throw new TypeError(`${CONTENTS} and the manifest in it don't agree`);
  return { dmacopySnapshot: 1, takenAt, buffers, manifest };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${CONTENTS} is not JSON`, { cause });
  }
}

function isKept(value: unknown): value is KeptBuffer {
  const { file, kind, heap, bytes, xxh64 } = (value ?? {}) as Partial<KeptBuffer>;
  // A name with a slash would lead out of the folder.
  return typeof file === "string" && /^\w[\w.-]*$/.test(file) &&
    ["memfd", "udmabuf", "dmabuf"].includes(kind!) &&
    (heap === null || typeof heap === "string") &&
    Number.isSafeInteger(bytes) && bytes! > 0 &&
    typeof xxh64 === "string" && /^[0-9a-f]{16}$/.test(xxh64);
}
