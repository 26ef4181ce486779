import { openFile } from "../../ffi/mod.ts";
import { run } from "./_guest.ts";

const SECTOR_BYTES = 512;
const CONTROL = "/dev/mapper/control";
const HEADER_BYTES = 312;
const TARGET_BYTES = 40;
const NAME_OFFSET = 48;
/** Of our choice, so that `kernel/lab` knows this disk's errors in the kernel's log. */
const MINOR = 99;
const PERSISTENT = 1 << 3;
const FIBMAP = 1n;
/** linux/dm-ioctl.h */
const COMMANDS = { create: 3, remove: 4, resume: 6, load: 9 };

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
    command("load", encodeTable(sound), sound.length);
    command("resume");
  };
  run("umount", "/data");
  command("create");
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

function command(name: keyof typeof COMMANDS, data = new Uint8Array(0), targets = 0): void {
  using control = openFile(CONTROL, { access: "read-write" });
  const message = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, 4, true);
  view.setUint32(12, message.length, true);
  view.setUint32(16, HEADER_BYTES, true);
  view.setUint32(20, targets, true);
  if (name === "create") {
    view.setUint32(28, PERSISTENT, true);
    view.setBigUint64(40, BigInt(MINOR), true);
  }
  message.set(new TextEncoder().encode("faulty"), NAME_OFFSET);
  message.set(data, HEADER_BYTES);
  // _IOWR(0xfd, …, struct dm_ioctl)
  const request = (3n << 30n) | (BigInt(HEADER_BYTES) << 16n) | 0xfd00n | BigInt(COMMANDS[name]);
  if (libc.symbols.ioctl(control.number, request, message) < 0) {
    throw new Error(`device-mapper refuses to ${name} the faulty disk`);
  }
}
