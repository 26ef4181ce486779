import { numberIn, readSetting } from "./huge_pages.ts";

/** The memory that this process may still use. */
export interface MemoryLimits {
  /** The memory available without swapping: MemAvailable in /proc/meminfo, in bytes. */
  availableBytes: number;
  /** The memory that nobody uses, not even the page cache: MemFree in /proc/meminfo, in bytes. */
  freeBytes: number;
  /** The cgroup that leaves the least, or null if none limits memory. */
  cgroup: CgroupLimit | null;
}

/** The memory that a cgroup leaves. */
export interface CgroupLimit {
  /** The file that holds the limit. */
  path: string;
  /** The limit, in bytes. */
  limitBytes: number;
  /** The limit minus the used memory without droppable page cache, in bytes. */
  availableBytes: number;
}

/** The names of files in a version of cgroups; see Documentation/admin-guide/cgroup-v{1,2}. */
interface Hierarchy {
  root: string;
  limit: string;
  usage: string;
  /** Fields of memory.stat: page cache that can be dropped. */
  cache: readonly string[];
}

const V2: Hierarchy = {
  root: "/sys/fs/cgroup",
  limit: "memory.max",
  usage: "memory.current",
  cache: ["inactive_file", "active_file"],
};
const V1: Hierarchy = {
  root: "/sys/fs/cgroup/memory",
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  cache: ["total_inactive_file", "total_active_file"],
};

/** Reads the available memory. */
export function memoryLimits(
  meminfo: string,
  read: (path: string) => string | null = readSetting,
): MemoryLimits {
  const availableBytes = numberIn(meminfo, "MemAvailable") * 1024;
  const limits = (read("/proc/self/cgroup") ?? "").split("\n")
    .flatMap((line) => limitsOf(line, read))
    .filter(({ limitBytes }) => limitBytes < numberIn(meminfo, "MemTotal") * 1024);
  limits.sort((a, b) => a.availableBytes - b.availableBytes);
  const freeBytes = numberIn(meminfo, "MemFree") * 1024;
  return { availableBytes, freeBytes, cgroup: limits[0] ?? null };
}

/** The limits of a cgroup and of all above it; `line` is one of /proc/self/cgroup. */
function limitsOf(line: string, read: (path: string) => string | null): CgroupLimit[] {
  const [, id, controllers, path = ""] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
  if (id === undefined) return [];
  if (id === "0" && controllers === "") return limitsAlong(path, V2, read);
  return controllers!.split(",").includes("memory") ? limitsAlong(path, V1, read) : [];
}

function limitsAlong(
  path: string,
  { root, limit, usage, cache }: Hierarchy,
  read: (path: string) => string | null,
): CgroupLimit[] {
  const names = path.split("/").filter(Boolean);
  const folders = [root, ...names.map((_, i) => `${root}/${names.slice(0, i + 1).join("/")}`)];
  // In a container, the path may be the host's, while the container's files are at the root.
  return folders.flatMap((folder) => {
    const limitBytes = Number(read(`${folder}/${limit}`) ?? "max");
    if (Number.isNaN(limitBytes)) return [];
    const stat = read(`${folder}/memory.stat`) ?? "";
    const reclaimable = cache.reduce((sum, field) => sum + numberIn(stat, field), 0);
    const used = Math.max(0, Number(read(`${folder}/${usage}`) ?? 0) - reclaimable);
    const availableBytes = Math.max(0, limitBytes - used);
    return [{ path: `${folder}/${limit}`, limitBytes, availableBytes }];
  });
}
