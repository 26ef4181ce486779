import { LabError } from "./error.ts";

/** An architecture of the lab's kernels and guests. */
export type Arch = "x86-64" | "arm64";

/** The QEMU accelerator that runs the guest's instructions; the model's clock counts them. */
export type Processor = "model" | "tcg" | "kvm";

/** All differences between architectures. */
export interface ArchFacts {
  /** Its name in `uname -m` and Deno. */
  machine: typeof Deno.build.arch;
  /** Its name in Debian. */
  debian: string;
  /** The triplet of its compiler and its libraries. */
  triplet: string;
  /** The suffix of file names in the cache. */
  suffix: string;
  /** Its name in the kernel's Makefile. */
  kernel: string;
  /** make's target, and its file below `arch/KERNEL/boot`. */
  image: string;
  /** Its configuration, which comes after a base's, if any. */
  fragment: string | null;
  qemu: string;
  /** Of Debian. */
  qemuPackage: string;
  /** The kernel's name of the serial port. */
  console: string;
  /** QEMU's arguments for the board and the CPU. */
  processors: Record<Processor, readonly string[]>;
  /**
   * QEMU's arguments for memory that lies almost entirely in one zone. If a zone runs out during a row,
   * later pages cost more instructions than earlier ones, and kswapd wakes, which changed rows by
   * 3 %.
   */
  memory: (mebibytes: number) => readonly string[];
  /** The memory in MiB that a guest has beside what was asked for, in a zone that fills up last. */
  lowMiB: number;
  /** The words that a kernel in trouble logs on this architecture only. */
  complaints: RegExp;
}

/** sleep=off: an idle CPU's clock jumps to its next timer, so that host time has no effect. */
const MODEL = ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1"];
const TCG = ["-accel", "tcg,thread=multi", "-smp", "2"];
const KVM = ["-accel", "kvm", "-smp", "2"];

/**
 * Without ERMS and FSRM the guest copies with `rep movsq`, as TCG executes their `movsb` byte by byte.
 * `max` changes with QEMU, and the kernel clears and copies pages by the CPU's model: the rest makes
 * a later QEMU's the one of QEMU 7.2.
 */
const X86_CPU = [
  "-cpu",
  "max,-erms,-fsrm,family=15,model=107,stepping=1," +
  "level-func7=0,-x2apic,-cmp-legacy,-rdseed,-sha-ni,-xsaveerptr,-wbnoinvd,-rdpid,-3dnowprefetch",
];

/**
 * From QEMU 9.1 on, a timer of the HPET goes on when the guest disables it: Linux leaves one behind
 * that expires every 10 ms. While the guest holds its clock to wait for the disk, it would leap from
 * one to the next.
 */
const X86_MODEL_BOARD = ["-machine", "hpet=off"];

/**
 * The ACPI tables of QEMU's older board, which is its default, tell of interrupts by a program: the
 * debug kernel takes so long for it that ACPI gives up.
 */
const X86_BOARD = ["-machine", "q35"];

/**
 * A phone's large core of the years of the letter. `max` would change with QEMU, which teaches it
 * instructions that copy any number of bytes.
 */
const ARM_CPU = ["-cpu", "cortex-a76"];

const ARM_BOARD = ["-machine", "virt,gic-version=3"];
/** Cores under KVM support only the host's kind of interrupt controller. */
const ARM_BOARD_OF_HOST = ["-machine", "virt,gic-version=host"];
/** RAM starts at 1 GiB, and all RAM below 4 GiB is a separate zone, which fills up last. */
const ARM_LOW_MIB = 3072;

const ARCHS: Record<Arch, ArchFacts> = {
  "x86-64": {
    machine: "x86_64",
    debian: "amd64",
    triplet: "x86_64-linux-gnu",
    suffix: "",
    kernel: "x86",
    image: "bzImage",
    fragment: null,
    qemu: "qemu-system-x86_64",
    qemuPackage: "qemu-system-x86",
    console: "ttyS0",
    processors: {
      model: [...X86_MODEL_BOARD, ...MODEL, ...X86_CPU],
      tcg: [...X86_BOARD, ...TCG, ...X86_CPU],
      kvm: [...X86_BOARD, ...KVM, "-cpu", "host"],
    },
    memory: (mebibytes) => ["-machine", "max-ram-below-4g=512M", "-m", `${mebibytes}M`],
    lowMiB: 0,
    complaints: /general protection|Call Trace/,
  },
  "arm64": {
    machine: "aarch64",
    debian: "arm64",
    triplet: "aarch64-linux-gnu",
    suffix: "-arm64",
    kernel: "arm64",
    image: "Image",
    fragment: "config-arm64",
    qemu: "qemu-system-aarch64",
    qemuPackage: "qemu-system-arm",
    console: "ttyAMA0",
    processors: {
      model: [...ARM_BOARD, ...MODEL, ...ARM_CPU],
      tcg: [...ARM_BOARD, ...TCG, ...ARM_CPU],
      kvm: [...ARM_BOARD_OF_HOST, ...KVM, "-cpu", "host"],
    },
    memory: (mebibytes) => ["-m", `${mebibytes + ARM_LOW_MIB}M`],
    lowMiB: ARM_LOW_MIB,
    complaints: /Unable to handle kernel|Internal error|SError|Call trace/,
  },
};

/** The names of all architectures. */
export const archs = Object.keys(ARCHS) as Arch[];

/** This machine's architecture. */
export const HOST_ARCH: Arch = archOf(Deno.build.arch);

/** The facts of an architecture. */
export function factsOf(arch: Arch): ArchFacts {
  return ARCHS[arch];
}

function archOf(machine: typeof Deno.build.arch): Arch {
  const found = archs.find((arch) => ARCHS[arch].machine === machine);
  if (found) return found;
  throw new LabError(`the lab has no kernels for ${machine}`);
}

/** The prefix of an architecture's compiler and its tools on this machine. */
export function toolPrefix(arch: Arch): string {
  return arch === HOST_ARCH ? "" : `${ARCHS[arch].triplet}-`;
}

/** Arguments of every make in a kernel's source. */
export function makeArguments(arch: Arch): string[] {
  if (arch === HOST_ARCH) return [];
  return [`ARCH=${ARCHS[arch].kernel}`, `CROSS_COMPILE=${toolPrefix(arch)}`];
}
