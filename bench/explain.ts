import type { SystemError } from "../copy/mod.ts";
import type { UnsupportedRow } from "./result.ts";

interface Explanation {
  /** What the error's call or subject looks like. */
  of: RegExp;
  errno: string;
  reason: string;
}

/** What the errors of a kernel that lacks something mean; the first match counts. */
const explanations: readonly Explanation[] = [
  {
    of: /dma_heap/,
    errno: "ENOENT",
    reason: "this kernel has no system dma-buf heap (CONFIG_DMABUF_HEAPS_SYSTEM)",
  },
  { of: /dma_heap/, errno: "EACCES", reason: "no permission to open the dma-buf heap" },
  { of: /udmabuf/, errno: "ENOENT", reason: "this kernel has no udmabuf (CONFIG_UDMABUF)" },
  { of: /udmabuf/, errno: "EACCES", reason: "no permission to open /dev/udmabuf" },
  {
    of: /udmabuf/i,
    errno: "EINVAL",
    reason: "the buffer is beyond udmabuf's size_limit_mb, or the kernel refuses its pages",
  },
  {
    of: /copy_file_range/,
    errno: "EXDEV",
    reason: "this kernel's copy_file_range does not cross filesystem types into memory",
  },
  {
    of: /copy_file_range/,
    errno: "EINVAL",
    reason: "this kernel's copy_file_range does not take a dma-buf (the series is missing)",
  },
  {
    of: /copy_file_range/,
    errno: "EOPNOTSUPP",
    reason: "the buffer's exporter has no copy_file_range",
  },
  {
    of: /sendfile|splice/,
    errno: "EINVAL",
    reason: "the filesystem or the buffer does not support splicing",
  },
  { of: /^open/, errno: "EINVAL", reason: "the filesystem does not support O_DIRECT" },
];

/** Why a row did not work, in words. */
export function explain(error: SystemError): UnsupportedRow["unsupported"] {
  const where = `${error.call} ${error.subject}`;
  const known = explanations.find(({ of, errno }) => errno === error.errno && of.test(where));
  return { errno: error.errno, reason: known?.reason ?? error.message };
}
