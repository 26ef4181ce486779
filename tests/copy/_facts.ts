import type { Facts, Support } from "../../copy/mod.ts";

const YES: Support = { supported: true };

/** The obstacle of a missing device. */
export function missing(what: string, fix?: string): Support {
  return { supported: false, what, why: `there is no ${what}`, fix };
}

/** A kernel with all that the plan knows, and 8 GiB to use. */
export const PATCHED: Facts = {
  kernel: "6.12.0-patched",
  pageBytes: 4096,
  memory: { availableBytes: 2 ** 33, freeBytes: 2 ** 33, cgroup: null },
  buffers: { memfd: YES, udmabuf: YES, dmabuf: YES },
  copyFileRange: { memfd: YES, udmabuf: YES, dmabuf: YES },
  series: true,
  udmabufLimits: { sizeMiB: null, listEntries: 1024 },
  heaps: ["system"],
  defersClearing: false,
  hugePages: { transparent: "advise", transparentBytes: 2 ** 21, free: 0, bytes: 2 ** 21 },
  transparentHugePages: YES,
  ioUring: YES,
  direct: null,
};

const NO_SERIES = missing("copy_file_range", "boot a kernel with kernel/series");

/** A kernel without the series. */
export const STOCK: Facts = {
  ...PATCHED,
  kernel: "6.12.0-stock",
  copyFileRange: { memfd: NO_SERIES, udmabuf: NO_SERIES, dmabuf: NO_SERIES },
  series: false,
};

/** A kernel that has memfds, and nothing else. */
export const BARE: Facts = {
  ...STOCK,
  buffers: {
    memfd: YES,
    udmabuf: missing("udmabuf", "modprobe udmabuf"),
    dmabuf: missing("heap", "boot a kernel with CONFIG_DMABUF_HEAPS_SYSTEM"),
  },
  heaps: [],
  hugePages: { transparent: null, transparentBytes: 0, free: 0, bytes: 0 },
  transparentHugePages: missing("thp"),
  ioUring: missing("io_uring"),
};
