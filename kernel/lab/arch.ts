import { LabError } from "./error.ts";

/** An architecture that the lab has kernels and guests of. */
export type Arch = "x86-64" | "arm64";

/** What runs the guest's instructions: the model's clock counts them. */
export type Processor = "model" | "tcg" | "kvm";

/** All that tells the lab of one architecture from that of another. */
export interface ArchFacts {
  /** As `uname -m` and Deno call it. */
  machine: typeof Deno.build.arch;
  /** As Debian calls it. */
  debian: string;
  /** Of its compiler and its libraries. */
  triplet: string;
  /** At the end of the names of what the lab keeps. */
  suffix: string;
  /** As the kernel's Makefile has it. */
  kernel: string;
  /** make's target, and its file below `arch/KERNEL/boot`. */
  image: string;
  /** Its configuration on top of a base's, if any. */
  fragment: string | null;
  qemu: string;
  /** Of Debian. */
  qemuPackage: string;
  /** The kernel's name of the serial port. */
  console: string;
  /** QEMU's arguments for the board and the CPU. */
  processors: Record<Processor, readonly string[]>;
  /**
   * QEMU's arguments for memory of which nearly all lies in one zone. Where a zone runs out while a
   * row runs, later pages cost more instructions than earlier ones, and kswapd wakes: it moved rows
   * by 3 %.
   */
  memory: (mebibytes: number) => readonly string[];
  /** The words of its own that a kernel in trouble logs. */
  complaints: RegExp;
}

/** sleep=off: an idle CPU's clock leaps to its next timer, so that no time of the host's gets in. */
const MODEL = ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1"];
const TCG = ["-accel", "tcg,thread=multi", "-smp", "2"];
const KVM = ["-accel", "kvm", "-smp", "2"];

/** Without these the guest copies with `rep movsq`: TCG does the `movsb` of ERMS byte by byte. */
const X86_CPU = ["-cpu", "max,-erms,-fsrm"];

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
/** Cores under KVM take no interrupt controller but the host's own kind. */
const ARM_BOARD_OF_HOST = ["-machine", "virt,gic-version=host"];
/** RAM begins at 1 GiB, and all below 4 GiB is of a zone of its own, which fills up last. */
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
      model: [...MODEL, ...X86_CPU],
      tcg: [...X86_BOARD, ...TCG, ...X86_CPU],
      kvm: [...X86_BOARD, ...KVM, "-cpu", "host"],
    },
    memory: (mebibytes) => ["-machine", "max-ram-below-4g=512M", "-m", `${mebibytes}M`],
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

/** What the names of an architecture's compiler and its kin begin with on this machine. */
export function toolPrefix(arch: Arch): string {
  return arch === HOST_ARCH ? "" : `${ARCHS[arch].triplet}-`;
}

/** Arguments of every make in a kernel's source. */
export function makeArguments(arch: Arch): string[] {
  if (arch === HOST_ARCH) return [];
  return [`ARCH=${ARCHS[arch].kernel}`, `CROSS_COMPILE=${toolPrefix(arch)}`];
}
