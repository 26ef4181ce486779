/** A kernel that the series are written for, as Debian packages its source. */
export interface BaseSource {
  /** The package with `/usr/src/PACKAGE.tar.xz`. */
  package: string;
  /**
   * The archive of the package, whatever the machine's own sources are; null for an installed
   * package.
   */
  download: Download | null;
  /** The lab's configuration for this base, which comes after `config`. */
  fragment: string;
  /** The size of an unpacked tree with a kernel built in it, in bytes. */
  treeBytes: number;
  /** The number of lines that make prints for a full build, as the scale of the progress. */
  buildSteps: number;
  /** How long a full build takes on two idle cores of 2026, in minutes. */
  buildMinutes: number;
}

/** A suite of Debian's archive, which moves on. */
export interface Download {
  suite: string;
  /** The names of the package and of its successors. */
  names: RegExp;
}

const GIB = 2 ** 30;

/** The name of a base. */
export type Base = "6.12" | "7.3";

/** All differences between bases except the patches. */
export const BASES: Record<Base, BaseSource> = {
  /** The kernel of Debian 13, maintained for years; Debian 12 also has it. */
  "6.12": {
    package: "linux-source-6.12",
    download: null,
    fragment: "config-6.12",
    treeBytes: 2.25 * GIB,
    buildSteps: 1780,
    buildMinutes: 8,
  },
  /** The package in Debian that is nearest to the maintainers' kernel. */
  "7.3": {
    package: "linux-source-7.3",
    download: { suite: "trixie-backports", names: /^linux-source-7\.\d+$/ },
    fragment: "config-7.3",
    treeBytes: 2.5 * GIB,
    buildSteps: 1900,
    buildMinutes: 10,
  },
};

/** The names of all bases. */
export const bases = Object.keys(BASES) as Base[];

/** The default base. */
export const DEFAULT_BASE: Base = "6.12";
