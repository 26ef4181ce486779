import { kernelRelease, readKernelTextIfThere, type SystemError } from "../ffi/mod.ts";
import { NR_HUGEPAGES, SHMEM_ENABLED } from "./huge_pages.ts";

/** The reason why something is impossible here. */
export interface Obstacle {
  /** The subject of the obstacle, as "udmabuf" or "memory". */
  what: string;
  /** The reason. */
  why: string;
  /** The command or change that removes it, if one is known. */
  fix?: string | undefined;
}

/** Whether something works here, found out by trying. */
export type Support = { supported: true } | ({ supported: false } & Obstacle);

/** `why: fix`, for messages. */
export function describeObstacle({ why, fix }: Obstacle): string {
  return fix === undefined ? why : `${why}: ${fix}`;
}

/** The obstacle in a {@linkcode Support}, or null. */
export function obstacleIn(support: Support): Obstacle | null {
  if (support.supported) return null;
  const { what, why, fix } = support;
  return { what, why, fix };
}

const MIB = 1 << 20;
const UDMABUF_LIMIT = "/sys/module/udmabuf/parameters/size_limit_mb";

/** A size in MiB, rounded up. */
function mib(bytes: number | bigint): number {
  return Math.ceil(Number(bytes) / MIB);
}

/** The obstacles that follow from sizes and settings. */
export const obstacles = {
  noMemory: (bytes: bigint, availableBytes: number): Obstacle => ({
    what: "memory",
    why: `${mib(bytes)} MiB are more than the ${mib(availableBytes)} MiB of memory available`,
    fix: "free memory, or load a part with --tensors",
  }),
  cgroupLimit: (
    bytes: bigint,
    { path, availableBytes }: { path: string; availableBytes: number },
  ): Obstacle => ({
    what: "cgroup",
    why: `${mib(bytes)} MiB are more than the ${mib(availableBytes)} MiB that the cgroup leaves`,
    fix: `raise ${path}`,
  }),
  noHugetlbfs: (): Obstacle => ({
    what: "hugetlb",
    why: "this kernel has no hugetlbfs",
  }),
  tooFewHugePages: (
    needed: bigint,
    { free, bytes }: { free: number; bytes: number },
    availableBytes: number,
  ): Obstacle => {
    const why = `${needed} huge pages are needed, ${free} are free`;
    const isPossible = Number(needed) * bytes <= availableBytes + free * bytes;
    const fix = isPossible
      ? `echo ${needed} > ${NR_HUGEPAGES}`
      : "the machine has less memory than that: load a part with --tensors";
    return { what: "hugetlb", why, fix };
  },
  hugetlbIsNotWritten: (): Obstacle => ({
    what: "hugetlb",
    why: "hugetlbfs has no write(2) and the like: only read(2) and io_uring reach its pages",
  }),
  noTransparentHugePages: (): Obstacle => ({
    what: "thp",
    why: "this kernel has no transparent huge pages",
    fix: "boot a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
  }),
  transparentHugePagesRefused: (reason: string): Obstacle => ({
    what: "thp",
    why: reason,
    fix: `echo advise > ${SHMEM_ENABLED}`,
  }),
  smallerThanHugePage: (): Obstacle => ({
    what: "size",
    why: "the buffer is smaller than a huge page",
  }),
  udmabufLimit: (bytes: bigint, limitMiB: number): Obstacle => ({
    what: "udmabuf limit",
    why: `udmabuf is limited to ${limitMiB} MiB`,
    fix: `echo ${mib(bytes)} > ${UDMABUF_LIMIT}, or --split ${limitMiB}MiB`,
  }),
  wrongData: (kind: string): Obstacle => ({
    what: "copy_file_range",
    why: `copy_file_range into a ${kind} gives wrong data on this kernel`,
  }),
  noDirect: (kind: string): Obstacle => ({
    what: "direct",
    why: `direct I/O can't reach the mapping of a ${kind}`,
  }),
} as const;

interface KnownError {
  call: RegExp;
  subject?: RegExp;
  code: string;
  obstacle: Obstacle;
}

const HEAP: Obstacle = {
  what: "heap",
  why: "this kernel has no such dma-buf heap",
  fix: "boot a kernel with CONFIG_DMABUF_HEAPS_SYSTEM",
};
const UDMABUF: Obstacle = {
  what: "udmabuf",
  why: "this kernel has no /dev/udmabuf",
  fix: "boot a kernel with CONFIG_UDMABUF",
};
const NOT_A_FILE: Obstacle = {
  what: "read_write_iter",
  why: "this kernel's dma-bufs can't be read, written or spliced",
  fix: "try --kernel rw-iter",
};
const SERIES = "boot a kernel with kernel/series";

/** The meanings of errors of a kernel that lacks something; the first match counts. */
const KNOWN_ERRORS: readonly KnownError[] = [
  { call: /^open$/, subject: /dma_heap/, code: "ENOENT", obstacle: HEAP },
  { call: /^open$/, subject: /udmabuf/, code: "ENOENT", obstacle: UDMABUF },
  {
    call: /^open$/,
    subject: /dma_heap|udmabuf/,
    code: "EACCES",
    obstacle: {
      what: "permission",
      why: "this user may not open the device",
      fix: "become root, or join the group of that device",
    },
  },
  {
    call: /^open$/,
    code: "EINVAL",
    obstacle: { what: "direct", why: "the filesystem does not support O_DIRECT" },
  },
  {
    call: /^UDMABUF_CREATE$/,
    code: "EINVAL",
    obstacle: {
      what: "udmabuf limit",
      why: "the buffer exceeds udmabuf's size_limit_mb, or its pages don't suit this kernel",
    },
  },
  {
    call: /^copy_file_range$/,
    code: "EXDEV",
    obstacle: {
      what: "copy_file_range",
      why: "this kernel's copy_file_range does not cross filesystem types into memory",
      fix: SERIES,
    },
  },
  {
    call: /^copy_file_range$/,
    code: "EINVAL",
    obstacle: {
      what: "copy_file_range",
      why: "this kernel's copy_file_range does not take a dma-buf",
      fix: SERIES,
    },
  },
  {
    call: /^copy_file_range$/,
    code: "EOPNOTSUPP",
    obstacle: {
      what: "copy_file_range",
      why: "the exporter of the buffer does not copy file ranges",
    },
  },
  { call: /^(pread|pwrite)$/, subject: /dma-buf/, code: "ESPIPE", obstacle: NOT_A_FILE },
  {
    call: /^(lseek|sendfile|splice)$/,
    subject: /dma-buf/,
    code: "EINVAL",
    obstacle: NOT_A_FILE,
  },
  {
    call: /^(sendfile|splice)$/,
    code: "EINVAL",
    obstacle: { what: "splice", why: "the filesystem or the buffer can't be spliced" },
  },
  {
    call: /^(pread|pwrite)$/,
    code: "EFAULT",
    obstacle: { what: "direct", why: "the buffer's mapping can't take direct I/O" },
  },
  {
    call: /^io_uring_setup$/,
    code: "ENOSYS",
    obstacle: {
      what: "io_uring",
      why: "this kernel has no io_uring",
      fix: "boot a kernel with CONFIG_IO_URING",
    },
  },
  {
    call: /^io_uring_setup$/,
    code: "EPERM",
    obstacle: {
      what: "io_uring",
      why: "io_uring is forbidden here",
      fix:
        "set the sysctl kernel.io_uring_disabled to 0; a container's seccomp profile may also forbid it",
    },
  },
  {
    call: /^io_uring_(setup|register)$/,
    code: "ENOMEM",
    obstacle: {
      what: "io_uring",
      why: "io_uring may not lock so much memory",
      fix: "raise ulimit -l, or choose another method",
    },
  },
  {
    call: /^memfd_create$/,
    code: "EPERM",
    obstacle: {
      what: "memfd",
      why: "memfd_create is forbidden here",
      fix: "allow it in the container's seccomp profile, or use dmabuf",
    },
  },
];

/** The meaning of an error of the kernel; its own message if the meaning is unknown. */
export function obstacleOf(error: SystemError): Obstacle {
  const known = KNOWN_ERRORS.find(({ call, subject, code }) =>
    code === error.code && call.test(error.call) && (subject?.test(error.subject) ?? true)
  );
  const { obstacle = { what: error.call, why: error.message } } = known ?? {};
  if (obstacle !== UDMABUF || !hasModule("udmabuf", modulesOfKernel())) return obstacle;
  return { ...UDMABUF, fix: "modprobe udmabuf" };
}

/** The list of the modules that the kernel has, or null; see modules.dep(5). */
function modulesOfKernel(): string | null {
  return readKernelTextIfThere(`/lib/modules/${kernelRelease()}/modules.dep`);
}

/** Whether a kernel has a module to load, by the text of its modules.dep(5). */
export function hasModule(name: string, modules: string | null): boolean {
  return modules !== null && new RegExp(`^\\S*/${name}\\.ko[.\\w]*:`, "m").test(modules);
}
