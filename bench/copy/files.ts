import { cut } from "../../base/cut.ts";
import type { FileRange } from "../../copy/mod.ts";
import {
  copyFileRange,
  type Descriptor,
  fileStatus,
  openFile,
  placeBytes,
  sync,
} from "../../ffi/mod.ts";
import { inspectModel, runsOf, selectTensors } from "../../models/mod.ts";
import { ggufHeader } from "./gguf.ts";
import type { CopyFiles } from "./rows.ts";

/** Files that a row copies, on the disk. Disposing removes those that were made. */
export interface MadeFiles extends Disposable {
  paths: readonly string[];
  /** The places of the files in one buffer; null if each file gets its own buffer. */
  ranges: readonly FileRange[] | null;
}

/** The layers of a model of 849 MB, and the sizes of a layer's tensors. */
const LAYERS = 32;
const [NORM, ATTENTION, HEADS, FEED_FORWARD] = [16 << 10, 4 << 20, 1 << 20, 5 << 20];
const LAYER = [
  ...[NORM, ATTENTION, HEADS, HEADS, ATTENTION, NORM],
  ...[FEED_FORWARD, FEED_FORWARD, FEED_FORWARD],
];
/** The sizes of the vocabulary, in and out, and of the last norm. */
const ENDS = [4 << 20, 4 << 20, NORM];
/** The offset of the data in a block of the disk, as in a GGUF, whose data is aligned to 32 bytes. */
const BEGIN_IN_BLOCK = 32;

/** Makes the files of a row in a new folder beside `source`, with its content. */
export async function makeFiles(files: CopyFiles, source: string): Promise<MadeFiles> {
  using from = openFile(source);
  const { bytes } = fileStatus(from);
  if (files.kind === "one" && files.bytes >= bytes) {
    return { ...again(source, { bytes, wanted: BigInt(files.bytes) }), [Symbol.dispose]() {} };
  }
  const folder = Deno.makeTempDirSync({ dir: folderOf(source), prefix: "dmacopy-bench-" });
  using making = new DisposableStack();
  making.defer(() => Deno.removeSync(folder, { recursive: true }));
  const made = await makeIn(folder, files, from);
  const kept = making.move();
  return { ...made, [Symbol.dispose]: () => kept.dispose() };
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : ".";
}

type Made = Omit<MadeFiles, typeof Symbol.dispose>;

/** Repeats a file as often as needed: a larger one would not fit on a disk of the usual size. */
function again(path: string, { bytes, wanted }: { bytes: bigint; wanted: bigint }): Made {
  if (wanted === bytes) return { paths: [path], ranges: null };
  const ranges = [...cut(wanted, bytes)].map((part) => ({
    ...{ path, fileOffset: 0n, bytes: part.bytes, bufferOffset: part.offset },
  }));
  return { paths: [path], ranges };
}

async function makeIn(folder: string, files: CopyFiles, from: Descriptor): Promise<Made> {
  switch (files.kind) {
    case "one": {
      const path = `${folder}/model.bin`;
      writePart(path, from, { bytes: BigInt(files.bytes) });
      return { paths: [path], ranges: null };
    }
    case "shards": {
      const paths = Array.from({ length: files.count }, (_, i) => `${folder}/shard-${i}.bin`);
      const bytes = BigInt(files.bytes);
      for (const [i, path] of paths.entries()) {
        writePart(path, from, { offset: bytes * BigInt(i), bytes });
      }
      return { paths, ranges: null };
    }
    case "tensors": {
      const path = `${folder}/model.gguf`;
      const sizes = [...Array.from({ length: LAYERS }, () => LAYER).flat(), ...ENDS];
      const header = ggufHeader(sizes, BEGIN_IN_BLOCK);
      Deno.writeFileSync(path, header);
      const bytes = BigInt(sizes.reduce((sum, size) => sum + size, 0));
      writePart(path, from, { bytes, at: BigInt(header.length) });
      const tensors = selectTensors([await inspectModel(path)], {
        ...{ patterns: ["*"], placeBytes: placeBytes() },
      });
      return { paths: [path], ranges: runsOf(tensors) };
    }
  }
}

/** Writes a part of a file into another, from `at` on, and waits until it is on the disk. */
function writePart(
  path: string,
  from: Descriptor,
  { offset = 0n, bytes, at = 0n }: { offset?: bigint; bytes: bigint; at?: bigint },
): void {
  using to = openFile(path, { access: "write", create: true });
  for (let done = 0n; done < bytes;) {
    const route = { from, fromOffset: offset + done, to, toOffset: at + done };
    const moved = copyFileRange({ ...route, bytes: bytes - done }).sync();
    if (moved === 0n) throw new RangeError(`${from.name} must have ${offset + bytes} bytes`);
    done += moved;
  }
  sync(to).sync();
}
