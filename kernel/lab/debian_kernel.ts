import { cacheFolder } from "../../base/cache_folder.ts";
import { type Arch, factsOf, HOST_ARCH } from "./arch.ts";
import { makeOnce, type OnProgress, shortHash } from "./cache.ts";
import { cpio } from "./cpio.ts";
import { type DebianPackage, DebianSuite } from "./debian.ts";
import { type DebianKernel, packageOf } from "./debian_kernels.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import type { Step } from "./source.ts";

/** The modules that mount the guest's disks, and the folder that it shares with the host. */
const MODULES = ["virtio_pci", "virtio_blk", "ext4", "crc32c_generic", "9p", "9pnet_virtio"];
/** Newer kernels have it in another. */
const OPTIONAL = ["crc32c_generic"];
const INIT = new URL("./init-initramfs", import.meta.url);
const BUSYBOX = "/bin/busybox";

/** A kernel as Debian built it, and what finds its disks. */
export interface BinaryKernel {
  /** Path of the kernel. */
  image: string;
  /** Path of the archive that it unpacks as its first root. */
  initrd: string;
}

/**
 * A kernel as Debian built it, from its mirror: downloaded once and kept.
 *
 * @throws {LabError} if it can't be downloaded, or is for another architecture than this machine's
 */
export async function debianKernel(
  name: DebianKernel,
  { arch = HOST_ARCH, ...step }: Step & { arch?: Arch | undefined } = {},
): Promise<BinaryKernel> {
  if (arch !== HOST_ARCH) {
    throw new LabError(
      `--kernel ${name} runs on this machine's architecture only: leave --arch out`,
    );
  }
  const folder = await makeOnce(`${cacheFolder("kernel")}/${name}`, {
    what: `downloading the kernel of Debian's ${packageOf(name).suite}`,
    onProgress: step.onProgress,
    make: (to) => fetchKernel(name, to, step),
  });
  const initrd = await initramfs(name, folder, step.onProgress);
  return { image: `${folder}/vmlinuz`, initrd };
}

/** Downloads a kernel's package, and keeps of it what a guest needs. */
async function fetchKernel(name: DebianKernel, to: string, { signal }: Step): Promise<void> {
  const { suite: suiteName, release } = packageOf(name);
  const { debian } = factsOf(HOST_ARCH);
  const folder = await Deno.makeTempDir({ dir: cacheFolder("kernel"), prefix: "apt-" });
  try {
    const suite = await DebianSuite.open(suiteName, { folder, architecture: debian, signal });
    const packages = await suite.find(
      new RegExp(`^linux-(image|base|binary|modules)-\\S+-${debian}$`),
    );
    const releaseOf = ({ name }: DebianPackage) => /^linux-\w+-(.*)-\w+$/.exec(name)?.[1] ?? "";
    const wanted = newest(packages.map(releaseOf).filter((found) => release.test(found)));
    if (!wanted) throw new LabError(`Debian's ${suiteName} has no kernel for ${name} any more`);
    const content = `${folder}/content`;
    // Newer kernels come in several packages.
    for (const found of packages.filter((other) => releaseOf(other) === wanted)) {
      await run(["dpkg-deb", "--extract", await suite.download(found), content], { signal });
    }
    await keep(content, to);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The newest of some releases: numbers in them count as such. */
export function newest(releases: readonly string[]): string | undefined {
  return releases.toSorted(new Intl.Collator("en", { numeric: true }).compare).at(-1);
}

/** Keeps the kernel and the modules to load, in their order, of an unpacked package. */
async function keep(content: string, to: string): Promise<void> {
  await Deno.mkdir(`${to}/modules`, { recursive: true });
  const [image] = (await run(["find", content, "-type", "f", "-name", "vmlinu[xz]*"])).split("\n");
  if (!image) throw new LabError("Debian's packages have no kernel in them");
  await Deno.copyFile(image, `${to}/vmlinuz`);
  const root = ["lib", "usr/lib"].map((lib) => `${content}/${lib}/modules`)
    .find((path) => names(path).length > 0);
  const [release = ""] = root === undefined ? [] : names(root);
  const modules = await Modules.read(`${root}/${release}`);
  const order: string[] = [];
  for (const name of MODULES) await modules.load(name, { order, folder: `${to}/modules` });
  await Deno.writeTextFile(`${to}/modules/order`, order.map((name) => `${name}\n`).join(""));
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The modules of a kernel: `a_b` is the same as `a-b`. */
class Modules {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #builtIn: ReadonlySet<string>;

  private constructor(paths: ReadonlyMap<string, string>, builtIn: ReadonlySet<string>) {
    this.#paths = paths;
    this.#builtIn = builtIn;
  }

  static async read(folder: string): Promise<Modules> {
    const found = (await run(["find", folder, "-name", "*.ko*"])).trim().split("\n");
    const builtIn = (await Deno.readTextFile(`${folder}/modules.builtin`)).trim().split("\n");
    return new Modules(
      new Map(found.map((path) => [moduleName(path), path])),
      new Set(builtIn.map(moduleName)),
    );
  }

  /** Unpacks a module after those that it depends on, unless that is done or it is built in. */
  async load(name: string, to: { order: string[]; folder: string }): Promise<void> {
    if (this.#builtIn.has(name) || to.order.includes(name)) return;
    const path = this.#paths.get(name);
    if (path === undefined) {
      if (OPTIONAL.includes(name)) return;
      throw new LabError(`Debian's kernel has no module ${name}`);
    }
    const file = `${to.folder}/${name}`;
    await unpackModule(path, file);
    for (const other of dependencies(await Deno.readFile(file))) await this.load(other, to);
    to.order.push(name);
  }
}

/** `kernel/fs/ext4/ext4.ko.xz`: ext4 */
function moduleName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_");
}

async function unpackModule(path: string, to: string): Promise<void> {
  const program = path.endsWith(".xz") ? "xz" : path.endsWith(".zst") ? "zstd" : null;
  if (program === null) return await Deno.copyFile(path, to);
  const args = ["--quiet", "--decompress", "--stdout", path];
  const child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
  await child.stdout.pipeTo((await Deno.create(to)).writable);
  if (!(await child.status).success) throw new LabError(`${program} can't unpack ${path}`);
}

/** A module's dependencies in its section .modinfo. */
export function dependencies(module: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(module);
  const list = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? "";
  return list.split(",").filter(Boolean).map((name) => name.replaceAll("-", "_"));
}

/** The archive with which a kernel finds the guest's root disk. */
async function initramfs(
  name: string,
  folder: string,
  onProgress: OnProgress | undefined,
): Promise<string> {
  const init = await Deno.readFile(INIT);
  const { size, mtime } = await Deno.stat(BUSYBOX);
  const content = [new TextDecoder().decode(init), size, mtime?.getTime()];
  const key = await shortHash(JSON.stringify(content));
  return await makeOnce(`${folder}-${key}.cpio`, {
    what: `making what ${name} boots with`,
    onProgress,
    make: async (path) => {
      const modules = names(`${folder}/modules`).sort();
      await Deno.writeFile(
        path,
        cpio([
          ...["bin", "dev", "root", "modules"].map((name) => ({ name })),
          { name: "init", data: init },
          { name: "bin/busybox", data: await Deno.readFile(BUSYBOX) },
          ...modules.map((name) => ({
            name: `modules/${name}`,
            data: Deno.readFileSync(`${folder}/modules/${name}`),
          })),
        ]),
      );
    },
  });
}
