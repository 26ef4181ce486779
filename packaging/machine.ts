/** A machine that packages are made for, by Debian's name. */
export type Machine = "amd64" | "arm64";

/** The names of each machine elsewhere. */
export const MACHINES: Record<Machine, { npm: string; triplet: string }> = {
  amd64: { npm: "x64", triplet: "x86_64-linux-gnu" },
  arm64: { npm: "arm64", triplet: "aarch64-linux-gnu" },
};

/** Every {@linkcode Machine}. */
export const machines = Object.keys(MACHINES) as Machine[];
