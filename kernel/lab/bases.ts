/** A kernel that the series are written for, as Debian packages its source. */
export interface BaseSource {
  /** The package that has `/usr/src/PACKAGE.tar.xz`. */
  package: string;
  /**
   * Where the package is downloaded from, whatever the machine's own sources are; null is a package
   * that is installed.
   */
  download: Download | null;
  /** The lab's configuration for this base, on top of `config`. */
  fragment: string;
  /** What an unpacked tree with a kernel built in it takes, in bytes. */
  treeBytes: number;
  /** Lines that make prints for a build from nothing: the scale of the progress shown. */
  buildSteps: number;
}

/** A suite of Debian's archive, which moves on. */
export interface Download {
  suite: string;
  /** The names of the package and of those that take its place. */
  names: RegExp;
}

const GIB = 2 ** 30;

/** The name of a base. */
export type Base = "6.12" | "7.3";

/** All that tells one base from another, but for the patches. */
export const BASES: Record<Base, BaseSource> = {
  /** The kernel of Debian 13, maintained for years; Debian 12 has it, too. */
  "6.12": {
    package: "linux-source-6.12",
    download: null,
    fragment: "config-6.12",
    treeBytes: 2.25 * GIB,
    buildSteps: 1780,
  },
  /** The nearest to what maintainers work on that Debian has a package of. */
  "7.3": {
    package: "linux-source-7.3",
    download: { suite: "trixie-backports", names: /^linux-source-7\.\d+$/ },
    fragment: "config-7.3",
    treeBytes: 2.5 * GIB,
    buildSteps: 1900,
  },
};

/** The names of all bases. */
export const bases = Object.keys(BASES) as Base[];

/** The base where none is asked for. */
export const DEFAULT_BASE: Base = "6.12";
