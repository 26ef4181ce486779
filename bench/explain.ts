import { SystemError } from "../copy/mod.ts";
import type { UnsupportedRow } from "./result.ts";

/** A row that can't be measured here for a reason other than a failed call. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  /** The nearest errno's name. */
  readonly errno: string;

  constructor(message: string, options: ErrorOptions & { errno: string }) {
    super(message, options);
    this.errno = options.errno;
  }
}

interface Explanation {
  call: RegExp;
  subject?: RegExp;
  errno: string;
  reason: string;
}

const NO_FILE = "this kernel's dma-bufs can't be read, written or spliced: try --kernel rw-iter";

/** What the errors of a kernel that lacks something mean; the first match counts. */
const explanations: readonly Explanation[] = [
  {
    call: /^open$/,
    subject: /dma_heap/,
    errno: "ENOENT",
    reason: "this kernel has no system dma-buf heap (CONFIG_DMABUF_HEAPS_SYSTEM)",
  },
  {
    call: /^open$/,
    subject: /udmabuf/,
    errno: "ENOENT",
    reason: "this kernel has no udmabuf (CONFIG_UDMABUF)",
  },
  {
    call: /^open$/,
    subject: /dma_heap|udmabuf/,
    errno: "EACCES",
    reason: "no permission to open the device: run it as root",
  },
  { call: /^open$/, errno: "EINVAL", reason: "the filesystem does not support O_DIRECT" },
  {
    call: /^UDMABUF_CREATE$/,
    errno: "EINVAL",
    reason: "the buffer is beyond udmabuf's size_limit_mb, or its pages don't suit this kernel",
  },
  {
    call: /^copy_file_range$/,
    errno: "EXDEV",
    reason: "this kernel's copy_file_range does not cross filesystem types into memory",
  },
  {
    call: /^copy_file_range$/,
    errno: "EINVAL",
    reason: "this kernel's copy_file_range does not take a dma-buf: the series is missing",
  },
  {
    call: /^copy_file_range$/,
    errno: "EOPNOTSUPP",
    reason: "what exported the buffer does not copy file ranges",
  },
  { call: /^(pread|pwrite)$/, subject: /dma-buf/, errno: "ESPIPE", reason: NO_FILE },
  { call: /^(lseek|sendfile|splice)$/, subject: /dma-buf/, errno: "EINVAL", reason: NO_FILE },
  {
    call: /^(sendfile|splice)$/,
    errno: "EINVAL",
    reason: "the filesystem or the buffer can't be spliced",
  },
  {
    call: /^io_uring_setup$/,
    errno: "ENOSYS",
    reason: "this kernel has no io_uring (CONFIG_IO_URING)",
  },
  {
    call: /^io_uring_setup$/,
    errno: "EPERM",
    reason: "io_uring is forbidden here: see the sysctl kernel.io_uring_disabled",
  },
  {
    call: /^io_uring_register$/,
    errno: "ENOMEM",
    reason: "registered memory is beyond RLIMIT_MEMLOCK: run it as root",
  },
  {
    call: /^(pread|pwrite)$/,
    errno: "EFAULT",
    reason: "the buffer's mapping can't take direct I/O",
  },
];

/** Why a row did not work, in words; null for errors that say nothing about the row. */
export function explain(error: unknown): UnsupportedRow["unsupported"] | null {
  if (error instanceof UnsupportedError) return { errno: error.errno, reason: error.message };
  if (!(error instanceof SystemError)) return null;
  const known = explanations.find(({ call, subject, errno }) =>
    errno === error.code && call.test(error.call) && (subject?.test(error.subject) ?? true)
  );
  return { errno: error.code, reason: known?.reason ?? error.message };
}
