import {
  type BufferKind,
  checksum,
  type LoadedBuffer,
  loadFile,
  loadFiles,
  type LoadMethod,
  type PageKind,
  planLoad,
  probe,
  saveBuffer,
  type Via,
} from "../../copy/mod.ts";
import type { Random } from "../../bench/statistics.ts";
import { Hash, openFile } from "../../ffi/mod.ts";

const FOLDER = "/data";
const KIB = 1024;
const MIB = 2 ** 20;
/** Around what pages, sectors and chunks end at. */
const EDGES = [0, 1, 511, 512, 4095, 4096, 4097, 65536, MIB - 1, MIB, 2 * MIB + 1];
const LARGEST = 12 * MIB;
/** The percentage of copies that are interrupted. */
const STOPPED_PERCENT = 5;

/** A file to copy, and what is in it. */
interface Source {
  path: string;
  bytes: number;
  xxh64: string;
}

/** The methods for each buffer. */
interface Way {
  to: BufferKind;
  via?: Via;
  pages?: PageKind | undefined;
  method: LoadMethod;
  direct: boolean;
}

/** The work done. */
export interface Tally {
  loads: number;
  saves: number;
  /** The interrupted ones among both. */
  stopped: number;
  bytes: number;
  ways: Set<string>;
  /** The failures, a line each. */
  failures: string[];
}

/** Every way that this kernel has. */
function ways(): Way[] {
  const kinds: Pick<Way, "to" | "via">[] = [
    { to: "memfd" },
    { to: "udmabuf", via: "memfd" },
    { to: "udmabuf", via: "dmabuf" },
    { to: "dmabuf" },
  ];
  const methods: LoadMethod[] = [
    "read",
    "io_uring",
    "copy_file_range",
    "bounce",
    "sendfile",
    "splice",
  ];
  return kinds.flatMap((kind) =>
    (kind.to === "dmabuf" ? [undefined] : ["4k", "thp", "hugetlb"] as const).flatMap((pages) =>
      methods.flatMap((method) =>
        [true, false].map((direct): Way => ({ ...kind, pages, method, direct }))
      )
    )
  ).filter(isPossible);
}

function isPossible({ to: kind, ...way }: Way): boolean {
  try {
    planLoad(probe(), { kind, ...way, sizes: [4096n] });
    return true;
  } catch {
    return false;
  }
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function sizes(random: Random): number[] {
  const random8 = Array.from({ length: 8 }, () => Math.floor(random() * LARGEST));
  return [...EDGES, ...random8, LARGEST];
}

function makeSources(random: Random): Source[] {
  return sizes(random).map((bytes, i) => {
    const path = `${FOLDER}/soak-source-${i}`;
    const data = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
    Deno.writeFileSync(path, data);
    return { path, bytes, xxh64: hashOf(path, bytes) };
  });
}

/** By ordinary reads, which none of the ways above are. */
function hashOf(path: string, bytes: number): string {
  using file = openFile(path);
  const hash = new Hash();
  hash.file(file, { bytes: BigInt(bytes) }).sync();
  return hash.digest();
}

class Stopped extends Error {}

/** Copies, several at once, until there are `count`. */
export class Copies implements Disposable {
  readonly tally: Tally = {
    ...{ loads: 0, saves: 0, stopped: 0, bytes: 0 },
    ways: new Set(),
    failures: [],
  };
  readonly #random: Random;
  readonly #sources: readonly Source[];
  readonly #ways: readonly Way[];
  #begun = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#sources = makeSources(random);
    this.#ways = ways();
  }

  /** How many were tried. */
  get count(): number {
    return this.tally.loads + this.tally.saves;
  }

  async run(count: number, atOnce: number): Promise<void> {
    const worker = async () => {
      while (this.#begun < count) await this.#one(count);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** One load, and perhaps what it gave back into a file. */
  async #one(count: number): Promise<void> {
    const random = this.#random;
    // Each way has its turn, with whatever else comes.
    const way = this.#ways[this.#begun % this.#ways.length]!;
    const source = pick(random, this.#sources);
    const name = `${way.to} ${way.via ?? ""} ${way.pages ?? ""} ${
      way.direct ? "direct" : "buffered"
    } ${way.method}`;
    const saves = random() < 0.6;
    const options = {
      ...way,
      chunkBytes: BigInt(pick(random, [64 * KIB, MIB, 8 * MIB])),
      ...(random() < 0.3 && { depth: 1 }),
    };
    const stops = [0, 0].map(() => random() * 100 < STOPPED_PERCENT);
    const splits = random() < 0.1 && source.bytes > MIB;
    this.#begun++;
    this.tally.ways.add(name);
    try {
      this.tally.loads++;
      const stop = stopper(stops[0]!);
      if (splits) {
        using loaded = await loadFiles([source.path], {
          ...options,
          ...stop,
          splitBytes: 1n << 20n,
        });
        compare(loaded.files, source);
        this.tally.bytes += source.bytes;
        return;
      }
      using loaded = await loadFile(source.path, { ...options, ...stop });
      compare([loaded], source);
      this.tally.bytes += source.bytes;
      if (!saves || this.#begun >= count) return;
      this.#begun++;
      await this.#save(loaded, source, stops[1]!);
    } catch (error) {
      if (error instanceof Stopped) this.tally.stopped++;
      else this.tally.failures.push(`${name}, ${source.bytes} bytes: ${error}`);
    }
  }

  async #save(loaded: LoadedBuffer, source: Source, stops: boolean): Promise<void> {
    this.tally.saves++;
    const path = `${FOLDER}/soak-saved-${this.tally.saves}`;
    try {
      const bytes = BigInt(source.bytes);
      await saveBuffer(loaded.buffer, path, { bytes, ...stopper(stops) });
      if (hashOf(path, source.bytes) !== source.xxh64) throw new Error("the saved file differs");
      this.tally.bytes += source.bytes;
    } finally {
      await Deno.remove(path).catch(() => {});
    }
  }

  /** Removes its files; any other that is left is a failure. */
  [Symbol.dispose](): void {
    for (const { path } of this.#sources) Deno.removeSync(path);
    for (const { name } of Deno.readDirSync(FOLDER)) {
      if (name.includes("soak")) this.tally.failures.push(`${name} is left`);
    }
  }
}

/** Stops a copy at its first chunk, if it is to. */
function stopper(stops: boolean): { signal?: AbortSignal; onProgress?: () => void } {
  if (!stops) return {};
  const controller = new AbortController();
  return { signal: controller.signal, onProgress: () => controller.abort(new Stopped()) };
}

function compare(files: readonly LoadedBuffer[], source: Source): void {
  const hash = new Hash();
  for (const { buffer, bytes } of files) checksum(buffer, hash, bytes);
  if (hash.digest() !== source.xxh64) throw new Error("what was loaded differs");
}
