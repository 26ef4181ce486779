import { probe } from "../copy/mod.ts";

/** Empties the kernel's caches, if that is allowed. */
export interface CacheDropper {
  works: boolean;
  drop: () => void;
}

/** Pages, dentries and inodes; see Documentation/admin-guide/sysctl/vm.rst. */
function dropCaches(): void {
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
}

/** Tries whether the kernel's caches can be dropped. */
export function cacheDropper(): CacheDropper {
  try {
    dropCaches();
    return { works: true, drop: dropCaches };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return { works: false, drop() {} };
  }
}

/** The buffers that copy_file_range reaches with the series, by trying; null if none. */
export function findSeries(): string | null {
  const { copyFileRange } = probe();
  const works = (["udmabuf", "dmabuf"] as const).filter((kind) => copyFileRange[kind].supported);
  return works.length === 0 ? null : works.join(" + ");
}
