import {
  createMemfd,
  Hash,
  Mapping,
  openFile,
  pageBytes,
  resize,
  Ring,
  SystemError,
} from "../ffi/mod.ts";
import type { BufferKind } from "./buffer.ts";
import { createBuffer } from "./buffers/mod.ts";
import { checksum } from "./checksum.ts";
import { givesTransparentHugePages, transparentHugePageBytes } from "./huge_pages.ts";
import { copyFileRange } from "./methods/copy_file_range.ts";

/** Whether something was tried with success, or what it ended in: an error, or wrong data. */
export type Support =
  | { supported: true }
  | { supported: false; errno: string | null; reason: string };

/** What makes such buffers possible, where the kernel has what they need. */
const ENABLE: Partial<Record<BufferKind, string>> = {
  "udmabuf": "modprobe udmabuf, or a kernel with CONFIG_UDMABUF",
  "udmabuf+memfd": "modprobe udmabuf, or a kernel with CONFIG_UDMABUF",
  "dmabuf": "a kernel with CONFIG_DMABUF_HEAPS_SYSTEM",
};

/** What to do about buffers that can't be made; null where nobody knows. */
export function howToEnable(kind: BufferKind, support: Support): string | null {
  if (support.supported) return null;
  switch (support.errno) {
    case "ENOENT":
      return ENABLE[kind] ?? null;
    case "EACCES":
      return "become root, or join the group of that device";
    default:
      return null;
  }
}

/** Whether a buffer of this kind can be made, by making one of a page. */
export function tryBuffer(
  kind: BufferKind,
  { heap }: { heap?: string | undefined } = {},
): Support {
  return attempt(() => {
    createBuffer(kind, pageBytes(), heap === undefined ? {} : { heap }).close();
    return null;
  });
}

/**
 * Whether this kernel copies a filesystem's file into a buffer of this kind with copy_file_range(2),
 * by copying a page of one and comparing the checksums.
 *
 * @param path A file of a page or more. By default our own program: temporary files may be on a
 * tmpfs, which memfds copy from as from their like.
 */
export function tryCopyFileRange(kind: BufferKind, path: string = Deno.execPath()): Support {
  return attempt(() => copyAndCompare(kind, path));
}

function copyAndCompare(kind: BufferKind, path: string): string | null {
  using file = openFile(path);
  using method = copyFileRange();
  const bytes = pageBytes();
  using buffer = createBuffer(kind, bytes);
  method.load(file, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes });
  const [expected, actual] = [new Hash(), new Hash()];
  expected.file(file, { bytes }).sync();
  checksum(buffer, actual, bytes);
  return expected.digest() === actual.digest()
    ? null
    : `copy_file_range into a ${kind} gives wrong data on this kernel`;
}

/** Whether memfds can have transparent huge pages: the system gives them, or one can be made. */
export function tryTransparentHugePages(): Support {
  const huge = transparentHugePageBytes();
  if (huge === null) {
    const reason = "this kernel has no transparent huge pages";
    return { supported: false, errno: null, reason };
  }
  return attempt(() => {
    if (givesTransparentHugePages()) return null;
    using memfd = createMemfd("dmacopy-probe");
    resize(memfd, huge);
    using mapping = new Mapping(memfd, huge, { alignBytes: huge });
    mapping.collapse({ offset: 0n, bytes: huge }, huge).sync();
    return null;
  });
}

/** Whether this process may read by io_uring, by setting one up. */
export function tryRing(): Support {
  const support = attempt(() => {
    new Ring(1).close();
    return null;
  });
  if (support.supported || support.errno !== "ENOMEM") return support;
  return { ...support, reason: `${support.reason}: raise ulimit -l` };
}

/** What says nothing of the kernel's abilities: too many files are open. */
const PASSING: readonly string[] = ["EMFILE", "ENFILE"];

/** Runs `action`, which returns what is wrong or null. */
function attempt(action: () => string | null): Support {
  try {
    const reason = action();
    return reason === null ? { supported: true } : { supported: false, errno: null, reason };
  } catch (error) {
    if (!(error instanceof SystemError) || PASSING.includes(error.code)) throw error;
    return { supported: false, errno: error.code, reason: error.message };
  }
}
