/** Where Debian has a kernel that it built. */
interface Packaged {
  suite: string;
  /** The output of `uname -r` there, without the architecture. */
  release: RegExp;
}

const KERNELS = {
  "debian-6.1": { suite: "bookworm", release: /^6\.1\.0-\d+$/ },
  "debian-6.12": { suite: "trixie", release: /^6\.12\.\d+\+deb13$/ },
  "debian-7.3": { suite: "trixie-backports", release: /^7\.3\.\d+\+deb13$/ },
} as const satisfies Record<string, Packaged>;

/** The name of a kernel that Debian built. */
export type DebianKernel = keyof typeof KERNELS;

/** The names of the kernels that Debian built. */
export const debianKernels = Object.keys(KERNELS) as DebianKernel[];

/** Where Debian has a kernel. */
export function packageOf(kernel: DebianKernel): Packaged {
  return KERNELS[kernel];
}

/** Whether a name is that of a kernel that Debian built. */
export function isDebianKernel(name: unknown): name is DebianKernel {
  return typeof name === "string" && Object.hasOwn(KERNELS, name);
}
