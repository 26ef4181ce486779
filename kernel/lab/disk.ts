import { cacheFolder } from "../../base/cache_folder.ts";
import { cut } from "../../base/cut.ts";
import { fileStatus, Hash, openFile } from "../../ffi/mod.ts";
import { makeOnce, type OnProgress } from "./cache.ts";
import { DEFAULT_FILESYSTEM, type Filesystem } from "./filesystems.ts";
import { makeExt4 } from "./guest.ts";
import { run } from "./host.ts";

const [MIB, GIB] = [2 ** 20, 2 ** 30];
const BLOCK_BYTES = 2n ** 24n;

/** The default size of the test file, in bytes. */
export const DEFAULT_MODEL_BYTES = GIB;

/** The name in the cache of an image with `modelBytes` in its file. */
export function diskName(modelBytes: number, filesystem = DEFAULT_FILESYSTEM): string {
  return `disk-v2-${filesystem === DEFAULT_FILESYSTEM ? "" : `${filesystem}-`}${modelBytes}.img`;
}

/** Options of {@linkcode diskImage}. */
export interface DiskOptions {
  /**
   * Size of `model.bin`, in bytes.
   *
   * @default 1 GiB
   */
  modelBytes?: number;
  /** @default "ext4" */
  filesystem?: Filesystem | undefined;
  onProgress?: OnProgress | undefined;
}

/**
 * The guest's data disk, made once per size and filesystem: an image with `model.bin`, pseudo-random and the
 * same everywhere, its size and XXH64 in `model.json`, and room for a second file of that size,
 * at least 1 GiB.
 */
export async function diskImage(options: DiskOptions = {}): Promise<string> {
  const bytes = options.modelBytes ?? DEFAULT_MODEL_BYTES;
  const { filesystem = DEFAULT_FILESYSTEM } = options;
  return await makeOnce(`${cacheFolder("guest")}/${diskName(bytes, filesystem)}`, {
    what: `making the data disk (${Math.ceil(bytes / MIB)} MiB)`,
    onProgress: options.onProgress,
    make: async (image) => {
      const root = await Deno.makeTempDir({ dir: cacheFolder("guest"), prefix: "disk-" });
      try {
        await Deno.chmod(root, 0o755);
        await writeModel(`${root}/model.bin`, bytes);
        await Deno.writeTextFile(`${root}/model.json`, JSON.stringify(await checksum(root)) + "\n");
        const content = { root, slackBytes: Math.max(bytes, GIB) + 128 * MIB };
        await (filesystem === "f2fs" ? makeF2fs : makeExt4)(image, content);
      } finally {
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

/** The space for F2FS's own data, a large part of a small disk. */
const F2FS_OWN = { bytes: 256 * MIB, part: 0.1 };

/** Makes an F2FS image from a folder, without mounting it. */
async function makeF2fs(
  image: string,
  { root, slackBytes }: { root: string; slackBytes: number },
): Promise<void> {
  const content = parseInt(await run(["du", "-s", "--block-size=1", root])) + slackBytes;
  await Deno.writeTextFile(image, "");
  await Deno.truncate(
    image,
    Math.ceil((content * (1 + F2FS_OWN.part) + F2FS_OWN.bytes) / MIB) * MIB,
  );
  const env = { PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin` };
  await run(["mkfs.f2fs", "-q", "-f", image], { env });
  await run(["sload.f2fs", "-f", root, image], { env });
}

async function checksum(root: string): Promise<{ bytes: number; xxh64: string }> {
  using file = openFile(`${root}/model.bin`);
  const { bytes } = fileStatus(file);
  const hash = new Hash();
  await hash.file(file, { bytes }).async();
  return { bytes: Number(bytes), xxh64: hash.digest() };
}

/** Writes `bytes` of pseudo-random data: the key stream of AES-128-CTR under an all-zero key. */
export async function writeModel(path: string, bytes: number): Promise<void> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-CTR", false, [
    "encrypt",
  ]);
  const zeros = new Uint8Array(Number(BLOCK_BYTES));
  const stream = async function* () {
    for (const block of cut(BigInt(bytes), BLOCK_BYTES)) {
      const counter = new Uint8Array(16);
      new DataView(counter.buffer).setBigUint64(8, block.offset / 16n);
      const options = { name: "AES-CTR", counter, length: 64 };
      const data = await crypto.subtle.encrypt(options, key, zeros);
      yield new Uint8Array(data, 0, Number(block.bytes));
    }
  };
  await Deno.writeFile(path, ReadableStream.from(stream()));
}
