import { openFile } from "../../ffi/mod.ts";
import { loopDevice } from "../_loop.ts";
import { run } from "./_guest.ts";

/** mkfs.xfs makes none that are smaller. */
const DISK_BYTES = 320 << 20;
const SERVER = "/job/fuse_file";
/** _IOW('f', 133, struct fsverity_enable_arg) */
const FS_IOC_ENABLE_VERITY = 0x40806685n;
const VERITY_ARGUMENT_BYTES = 128;
const SHA256 = 1;

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

/** A filesystem to mount: the overlay of two folders, or one made on a disk by `mkfs`. */
export interface Filesystem {
  /** As mount(8) knows it. */
  kind: string;
  mkfs?: string[];
  options?: string;
  /** The size of the disk; only for a disk in a file. */
  sectorBytes?: number;
  /** A file on /data, or memory that is compressed. */
  disk?: "file" | "zram";
}

/** Makes and mounts a filesystem. */
export function mounted(filesystem: Filesystem): { path: string } & Disposable {
  using stack = new DisposableStack();
  const folder = Deno.makeTempDirSync();
  stack.defer(() => Deno.removeSync(folder, { recursive: true }));
  const path = `${folder}/mount`;
  Deno.mkdirSync(path);
  const { kind, mkfs } = filesystem;
  if (mkfs) {
    const device = stack.use(disk(folder, filesystem)).path;
    run(mkfs[0]!, ...mkfs.slice(1), device);
    mount(kind, device, path, filesystem.options);
  } else {
    const folders = ["lower", "upper", "work"];
    for (const name of folders) Deno.mkdirSync(`${folder}/${name}`);
    const options = folders.map((name) => `${name}dir=${folder}/${name}`);
    mount(kind, kind, path, options.join(","));
  }
  stack.defer(() => run("umount", path));
  const owned = stack.move();
  return { path, [Symbol.dispose]: () => owned.dispose() };
}

/** A folder of the host's, which the guest has by 9p. */
export function hostFolder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: "/job/out" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function mount(kind: string, device: string, path: string, options?: string): void {
  run("mount", "-t", kind, ...(options ? ["-o", options] : []), device, path);
}

function disk(folder: string, filesystem: Filesystem): { path: string } & Disposable {
  if (filesystem.disk === "zram") return zram();
  const image = `${folder}/disk`;
  Deno.writeFileSync(image, new Uint8Array(0));
  Deno.truncateSync(image, DISK_BYTES);
  const sector = ["--sector-size", String(filesystem.sectorBytes ?? 512)];
  return loopDevice(image, ...sector);
}

function zram(): { path: string } & Disposable {
  Deno.writeTextFileSync("/sys/block/zram0/disksize", String(DISK_BYTES));
  return {
    path: "/dev/zram0",
    [Symbol.dispose]: () => Deno.writeTextFileSync("/sys/block/zram0/reset", "1"),
  };
}

/** Has fs-verity check a file's data whenever it is read. */
export function enableVerity(path: string): void {
  using file = openFile(path);
  const argument = new Uint8Array(VERITY_ARGUMENT_BYTES);
  new Uint32Array(argument.buffer).set([1, SHA256, 4096]);
  if (libc.symbols.ioctl(file.number, FS_IOC_ENABLE_VERITY, argument) < 0) {
    throw new Error(`fs-verity can't be enabled for ${path}`);
  }
}

/** A file of FUSE. */
export interface FuseFile extends AsyncDisposable {
  path: string;
  /** Resolves once a read has reached the gate. */
  reached(): Promise<void>;
  /** Has the read answered that waits there. */
  openGate(): void;
}

/** Mounts a file of FUSE that has the bytes of another file, by tests/lab/fuse_file.c. */
export async function mountFuseFile(
  source: string,
  { blockBytes, gateOffset }: { blockBytes: number; gateOffset?: number },
): Promise<FuseFile> {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/mount`;
  const gate = `${folder}/gate`;
  Deno.mkdirSync(path);
  const gated = gateOffset === undefined ? [] : [gate, String(gateOffset)];
  const server = new Deno.Command(SERVER, {
    args: [path, source, String(blockBytes), ...gated],
    stdout: "piped",
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = async (expected: string) => {
    const { value } = await lines.read();
    if (value?.trim() !== expected) throw new Error(`fuse_file said ${value}, not ${expected}`);
  };
  await line("ready");
  return {
    path: `${path}/f`,
    reached: () => line("waiting"),
    openGate: () => Deno.writeTextFileSync(gate, ""),
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.status;
      await lines.cancel();
      run("umount", path);
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
