import { openFile } from "../../ffi/mod.ts";
import { run } from "./_guest.ts";

const SECTOR_BYTES = 512;
const CONTROL = "/dev/mapper/control";
const HEADER_BYTES = 312;
const TARGET_BYTES = 40;
const NAME_OFFSET = 48;
/** The numbers of the device, so that `kernel/lab` knows this disk's errors in the kernel's log. */
const MINOR = 99;
const SUSPEND = 1 << 1;
const PERSISTENT = 1 << 3;
/** Without a freeze of the filesystem, which would wait for its writers. */
const SKIP_LOCKFS = 1 << 10;
const FIBMAP = 1n;
/** linux/dm-ioctl.h */
const COMMANDS = { create: 3, remove: 4, suspend: 6, load: 9 };

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

interface Target {
  sectors: number;
  type: "linear" | "error";
  parameters: string;
}

/** A disk whose sectors can be made unreadable, in place of one that is mounted at /data. */
export interface FaultyDisk extends Disposable {
  /** Its device. */
  path: string;
  /** Makes `bytes` at `offset` unreadable, and all else readable. */
  damage(offset: number, bytes: number): void;
  /** Makes all readable. */
  repair(): void;
  /** Has all requests wait until `damage()` or `repair()`. */
  hold(): void;
}

/** Puts a device-mapper device between /data and its disk. */
export function faultyDisk(): FaultyDisk {
  const disk = Deno.readTextFileSync("/proc/mounts").match(/^(\S+) \/data /m)![1]!;
  const sectors = Number(
    Deno.readTextFileSync(`/sys/class/block/${disk.split("/").at(-1)}/size`),
  );
  const linear = (from: number, to: number): Target => ({
    sectors: to - from,
    type: "linear",
    parameters: `${disk} ${from}`,
  });
  const load = (targets: Target[]) => {
    const sound = targets.filter((target) => target.sectors > 0);
    command("load", { data: encodeTable(sound), targets: sound.length });
    command("suspend");
  };
  run("umount", "/data");
  command("create", { flags: PERSISTENT });
  load([linear(0, sectors)]);
  const path = `/dev/dm-${MINOR}`;
  run("mount", "-t", "ext4", path, "/data");
  return {
    path,
    damage(offset, bytes) {
      const from = offset / SECTOR_BYTES;
      const to = from + bytes / SECTOR_BYTES;
      const error: Target = { sectors: to - from, type: "error", parameters: "" };
      load([linear(0, from), error, linear(to, sectors)]);
    },
    repair: () => load([linear(0, sectors)]),
    hold: () => command("suspend", { flags: SUSPEND | SKIP_LOCKFS }),
    [Symbol.dispose]() {
      run("umount", "/data");
      command("remove");
      run("mount", "-t", "ext4", disk, "/data");
    },
  };
}

/** Where on its disk a file's block of 4 KiB is, in bytes. */
export function offsetOnDisk(path: string, block: number): number {
  using file = openFile(path);
  const number = new Uint8Array(4);
  const view = new DataView(number.buffer);
  view.setInt32(0, block, true);
  if (libc.symbols.ioctl(file.number, FIBMAP, number) < 0) {
    throw new Error(`the filesystem does not say where ${path} is`);
  }
  return view.getInt32(0, true) * 4096;
}

function encodeTable(targets: Target[]): Uint8Array<ArrayBuffer> {
  const entryBytes = TARGET_BYTES + 64;
  const table = new Uint8Array(targets.length * entryBytes);
  const view = new DataView(table.buffer);
  let start = 0;
  for (const [i, { sectors, type, parameters }] of targets.entries()) {
    const at = i * entryBytes;
    view.setBigUint64(at, BigInt(start), true);
    view.setBigUint64(at + 8, BigInt(sectors), true);
    view.setUint32(at + 20, entryBytes, true);
    table.set(new TextEncoder().encode(type), at + 24);
    table.set(new TextEncoder().encode(parameters), at + TARGET_BYTES);
    start += sectors;
  }
  return table;
}

interface Message {
  data?: Uint8Array;
  targets?: number;
  flags?: number;
}

/** Sends a command; "suspend" without its flag ends that. */
function command(
  name: keyof typeof COMMANDS,
  { data = new Uint8Array(0), targets = 0, flags = 0 }: Message = {},
): void {
  using control = openFile(CONTROL, { access: "read-write" });
  const message = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, 4, true);
  view.setUint32(12, message.length, true);
  view.setUint32(16, HEADER_BYTES, true);
  view.setUint32(20, targets, true);
  view.setUint32(28, flags, true);
  if (name === "create") view.setBigUint64(40, BigInt(MINOR), true);
  message.set(new TextEncoder().encode("faulty"), NAME_OFFSET);
  message.set(data, HEADER_BYTES);
  // _IOWR(0xfd, …, struct dm_ioctl)
  const request = (3n << 30n) | (BigInt(HEADER_BYTES) << 16n) | 0xfd00n | BigInt(COMMANDS[name]);
  if (libc.symbols.ioctl(control.number, request, message) < 0) {
    throw new Error(`device-mapper refuses to ${name} the faulty disk`);
  }
}
