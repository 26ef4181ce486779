import { type Arch, factsOf } from "./arch.ts";

/** Every {@linkcode Clock}. */
export const clocks = ["model", "wall"] as const;

/**
 * The guest's clock: `model` is one nanosecond per instruction, a 1 GHz CPU on any
 * host; `wall` is real time.
 */
export type Clock = typeof clocks[number];

/** The accelerator for a wall clock: KVM if it really works, else QEMU's translator. */
export type Accelerator = "kvm" | "tcg";

/** The disk that the guest's disks imitate, in guest time. */
export interface Device {
  /** Bandwidth; 0 is without limit. */
  bytesPerSecond: number;
  /** The additional time of each request, in microseconds. */
  latencyUs: number;
}

/** A virtual machine, ready to boot. */
export interface Machine {
  arch: Arch;
  /** The kernel's. */
  image: string;
  /** The first root of a kernel that Debian built; null for the lab's own kernels. */
  initrd: string | null;
  /** Image of the guest's root disk with its size in bytes. */
  system: { image: string; bytes: number };
  /** Image of the data disk with its size in bytes, and the device that it imitates, if any. */
  data: { image: string; bytes: number; device: Device | null } | null;
  /** Image of a disk that keeps what guests write, `/dev/vdc` in the guest. */
  kept: string | null;
  /** The folder that both host and guest see, `/job` in the guest. */
  job: string;
  clock: Clock;
  accelerator: Accelerator;
  memoryMiB: number;
  /** 2 MiB pages set aside at boot. */
  hugepages: number;
  /** Words for the kernel's command line. */
  kernelArguments: readonly string[];
}

const SECTOR_BYTES = 512;

/** The guest's block device that holds `/data`: the modelled disk, or the virtio disk itself. */
export function dataDevice(machine: Machine): string {
  if (!machine.data) return "";
  return machine.data.device ? "/dev/dm-0" : "/dev/vdb";
}

/** The kernel's command line. */
export function kernelCommandLine(machine: Machine): string {
  return [
    ...(machine.initrd === null ? ownSettings(machine) : AS_INSTALLED),
    `console=${factsOf(machine.arch).console} panic=-1`,
    ...(machine.hugepages > 0 ? [`default_hugepagesz=2M hugepages=${machine.hugepages}`] : []),
    ...modelledDisks(machine),
    ...(machine.clock === "model" ? ["dm_lab_disk.hold_clock=1"] : []),
    ...description(machine),
    ...machine.kernelArguments,
  ].join(" ");
}

/**
 * Tells the guest's init to leave the kernel's settings as they are. A kernel that tests its timer
 * while the host is busy takes it for broken, and panics.
 */
const AS_INSTALLED = ["dmacopy.settings=debian", "no_timer_check"];

function ownSettings({ data }: Machine): string[] {
  return [
    `root=${data?.device ? "/dev/dm-1" : "/dev/vda"} ro rootfstype=ext4 init=/init`,
    "random.trust_cpu=on",
    "udmabuf.size_limit_mb=8192 udmabuf.list_limit=4096",
  ];
}

/** The root disk is also modelled: code that a program reads during a row takes time. */
function modelledDisks({ system, data }: Machine): string[] {
  if (!data?.device) return [];
  const { bytesPerSecond, latencyUs } = data.device;
  const modelled = (name: string, mode: "rw" | "ro", bytes: number, device: string) =>
    `${name},,,${mode},0 ${
      bytes / SECTOR_BYTES
    } lab-disk ${device} 0 ${bytesPerSecond} ${latencyUs}`;
  const disks = [
    modelled("data", "rw", data.bytes, "/dev/vdb"),
    modelled("system", "ro", system.bytes, "/dev/vda"),
  ];
  return [`dm-mod.create="${disks.join(";")}"`];
}

/** Settings that a program in the guest can't see otherwise; the kernel ignores them. */
function description({ clock, data }: Machine): string[] {
  const device = data?.device;
  return [
    `dmacopy.clock=${clock}`,
    ...(device ? [`dmacopy.device=${device.bytesPerSecond},${device.latencyUs}`] : []),
  ];
}

/** QEMU's arguments. The data disk is a snapshot: guests may write, its image never changes. What
 * they write to the kept disk stays. */
export function qemuArguments(machine: Machine): string[] {
  const facts = factsOf(machine.arch);
  const processor = machine.clock === "model" ? "model" : machine.accelerator;
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    // With signal=off Ctrl-C on an interactive console goes to the guest.
    ...["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...facts.processors[processor],
    ...facts.memory(machine.memoryMiB),
    ...["-kernel", machine.image, "-append", kernelCommandLine(machine)],
    ...(machine.initrd === null ? [] : ["-initrd", machine.initrd]),
    ...disk("system", `${quoted(machine.system.image)},readonly=on`),
    ...(machine.data ? disk("data", `${quoted(machine.data.image)},snapshot=on`) : []),
    ...(machine.kept === null ? [] : disk("kept", quoted(machine.kept))),
    ...["-virtfs", `local,path=${quoted(machine.job)},mount_tag=job,security_model=none`],
  ];
}

function disk(id: string, file: string): string[] {
  const drive = `if=none,id=${id},format=raw,file=${file}`;
  return ["-drive", drive, "-device", `virtio-blk-pci,drive=${id}`];
}

/** A path as a value in QEMU's option lists, where a comma is written twice. */
function quoted(path: string): string {
  return path.replaceAll(",", ",,");
}
