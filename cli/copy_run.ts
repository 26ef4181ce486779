import { ValidationError } from "@cliffy/command";
import type {
  FileRange,
  LoadedBuffer,
  LoadedFiles,
  LoadFileOptions,
  SaveBufferOptions,
  SharedBuffer,
} from "../copy/mod.ts";
import type { PlacedTensor } from "../models/mod.ts";
import type { CopyJob } from "./copy_job.ts";
import { diskRate } from "./disk_rate.ts";
import { printJson } from "./json_error.ts";
import { interruptible } from "../terminal/interruptible.ts";
import { showCopy } from "./progress.ts";
import { bufferName, explainLoad, loadedAsJson, savedAsJson, summarize } from "./report_load.ts";
import { statusLine } from "../terminal/status_line.ts";

/** The settings of the output. */
export interface Output {
  print: (text: string) => void;
  explain: boolean;
  json: boolean;
  quiet: boolean;
}

/** Options of {@linkcode loadJob}. */
export interface LoadJobOptions extends LoadFileOptions {
  /** Load only tensors with such names, into one buffer. */
  tensors?: readonly string[] | undefined;
  /** The alignment of the tensors' places in bytes; without `tensors`, of whole files' data. */
  alignBytes?: bigint | undefined;
  /** Put several files into one buffer. */
  pack: boolean;
  /** The largest size of a buffer in bytes: a file may use several. */
  splitBytes?: bigint | undefined;
}

/** The result of {@linkcode loadJob}. */
export interface Loaded extends LoadedFiles {
  /** The tensors in the only buffer, if they were selected or aligned. */
  tensors: readonly PlacedTensor[];
}

/** Loads the files of the job, and reports the result. */
export async function loadJob(
  { paths: given, destination }: Extract<CopyJob, { kind: "load" }>,
  { pack, tensors: patterns, alignBytes, splitBytes, ...options }: LoadJobOptions,
  output: Output,
): Promise<Loaded> {
  const copy = await import("../copy/mod.ts");
  using cleanup = new DisposableStack();
  const { descriptor, ...target } = { descriptor: undefined, ...destination };
  const into = descriptor === undefined ? undefined : cleanup.use(copy.openBuffer(descriptor));
  const one = oneBuffer({ pack, patterns, alignBytes });
  if (one !== undefined && splitBytes !== undefined) {
    throw new ValidationError(`${one} makes one buffer, --split several.`);
  }
  const placed = await place(given, { patterns, alignBytes });
  const paths = placed ? placed.files : await wholeFiles(given, output);
  if (paths.length > 1 && alignBytes !== undefined && !patterns && !pack) {
    throw new ValidationError(
      `--align with ${paths.length} files needs --pack, which puts them into one buffer.`,
    );
  }
  const packed = one !== undefined;
  const single = packed || (paths.length === 1 && splitBytes === undefined);
  if (!single && into) {
    throw new ValidationError("To put several files into one buffer, add --pack.");
  }
  if (!single && options.sha256 !== undefined) {
    throw new ValidationError("--sha256 is for one file, or for several with --pack.");
  }
  const loaded = await withProgress(output, async (run) => {
    const all: LoadFileOptions = { ...options, ...target, ...run, into };
    if (!single) return await copy.loadFiles(paths, { ...all, splitBytes });
    const [path = ""] = paths;
    const file = placed
      ? await copy.loadRanges(placed.ranges, all)
      : paths.length === 1
      ? await copy.loadFile(path, all)
      : await copy.loadRanges(copy.layOutFiles(paths.map(sizeOf)), all);
    return {
      files: [file],
      elapsedMs: file.elapsedMs,
      cpuMs: file.cpuMs,
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  });
  cleanup.use(loaded);
  await reportLoad(loaded, output, {
    target: into ? `fd:${descriptor}` : undefined,
    // A user who chose the method needs no advice.
    asked: options.method !== undefined || options.direct === false || into !== undefined,
  });
  const kept = cleanup.move();
  return { ...loaded, tensors: placed?.tensors ?? [], [Symbol.dispose]: () => kept.dispose() };
}

/** The option that puts everything into one buffer. */
function oneBuffer(
  { pack, patterns, alignBytes }: {
    pack: boolean;
    patterns: readonly string[] | undefined;
    alignBytes: bigint | undefined;
  },
): string | undefined {
  if (pack) return "--pack";
  if (patterns) return "--tensors";
  return alignBytes === undefined ? undefined : "--align";
}

/** The places of models' parts in one buffer. */
interface Placed {
  files: readonly string[];
  ranges: readonly FileRange[];
  tensors: readonly PlacedTensor[];
}

/** Places tensors, or whole models with their data aligned; null if neither is asked for. */
async function place(
  paths: readonly string[],
  { patterns, alignBytes }: {
    patterns: readonly string[] | undefined;
    alignBytes: bigint | undefined;
  },
): Promise<Placed | null> {
  if (!patterns && alignBytes === undefined) return null;
  const { inspectModels, layOutModels, runsOf, selectTensors } = await import("../models/mod.ts");
  const { placeBytes } = await import("../ffi/mod.ts");
  const models = await inspectModels(paths, patterns && { patterns });
  if (patterns) {
    const tensors = selectTensors(models, { patterns, alignBytes, placeBytes: placeBytes() });
    return { files: paths, ranges: runsOf(tensors), tensors };
  }
  const { files, tensors } = layOutModels(models, { alignBytes: alignBytes! });
  return { files: files.map(({ path }) => path), ranges: files, tensors };
}

/** The files that the paths stand for; prints a warning about files that look like a mistake. */
async function wholeFiles(paths: readonly string[], { quiet }: Output): Promise<string[]> {
  const { checkWhatItIs, describeLeftOut, modelFiles } = await import("../models/mod.ts");
  const files = paths.flatMap(modelFiles);
  const mistaken = files.map(checkWhatItIs).filter((sentence) => sentence !== null);
  if (!quiet) [...mistaken, ...describeLeftOut(files)].forEach((line) => console.error(line));
  return files;
}

function sizeOf(path: string): { path: string; bytes: bigint } {
  try {
    return { path, bytes: BigInt(Deno.statSync(path).size) };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`there is no ${path}`, { cause });
  }
}

async function reportLoad(
  loaded: LoadedFiles,
  output: Output,
  { target, asked }: { target: string | undefined; asked: boolean },
): Promise<void> {
  const { files } = loaded;
  const { print, explain, json, quiet } = output;
  if (explain && !quiet) {
    for (const file of files) console.error(explainLoad(file));
  }
  if (json) return printJson(loadedAsJson(loaded), { print });
  if (quiet) return;
  if (!explain) {
    for (const note of new Set(files.flatMap(({ notes }) => notes))) console.error(note);
    const [only, another] = files;
    if (only && !another && !asked) {
      const { fasterHint } = await import("./faster_hint.ts");
      const hint = fasterHint(only);
      if (hint) console.error(hint);
    }
  }
  if (files.length > 1) { for (const line of describeFiles(files)) print(line); }
  const [first] = files;
  if (first) print(summarize(summaryOf(loaded, first, target)));
}

/** `model-00001.safetensors: 4 × udmabuf+THP, 1202590842 bytes`, a line for each file. */
function describeFiles(files: readonly LoadedBuffer[]): string[] {
  const byPath = Map.groupBy(files, ({ layout }) => layout[0]?.path ?? "");
  return [...byPath].map(([path, parts]) => {
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0n);
    return `${path}: ${bufferNames(parts)}, ${bytes} bytes`;
  });
}

/** `4 × udmabuf+THP` */
function bufferNames(files: readonly LoadedBuffer[]): string {
  const names = [...new Set(files.map(bufferName))].join("/");
  return files.length === 1 ? names : `${files.length} × ${names}`;
}

function summaryOf(
  { files, elapsedMs }: LoadedFiles,
  first: LoadedBuffer,
  target = bufferNames(files),
) {
  return {
    bytes: files.reduce(
      (sum, { layout }) => layout.reduce((all, part) => all + part.bytes, sum),
      0n,
    ),
    elapsedMs,
    buffer: target,
    method: first.method,
    direct: files.every(({ direct }) => direct),
    verified: files.every(({ verified }) => verified),
    checksum: files.length === 1 ? first.checksum : null,
    diskRate: diskRate(),
  };
}

/** Saves the buffer of the job, and reports the result. */
export async function saveJob(
  { descriptor, path }: Extract<CopyJob, { kind: "save" }>,
  { bytes, ...options }: Omit<SaveBufferOptions, "bytes"> & { bytes: bigint | undefined },
  output: Output,
): Promise<void> {
  const copy = await import("../copy/mod.ts");
  using buffer: SharedBuffer = copy.openBuffer(descriptor, { access: "read" });
  const size = bytes ?? sizeHandedOver(descriptor);
  const saved = await withProgress(
    output,
    (run) => copy.saveBuffer(buffer, path, { ...options, ...run, bytes: size ?? undefined }),
  );
  const { print, json, quiet, explain } = output;
  if (explain && !quiet) console.error(saved.reason);
  else if (!quiet) saved.notes.forEach((note) => console.error(note));
  if (json) printJson(savedAsJson(saved), { print });
  else if (!quiet) print(summarize({ ...saved, buffer: saved.path, diskRate: diskRate() }));
}

/** The size of the content if the buffer comes from `copy --exec`, as buffers end at whole pages. */
function sizeHandedOver(descriptor: number): bigint | null {
  const [number, size = ""] = [Deno.env.get("DMACOPY_FD"), Deno.env.get("DMACOPY_SIZE")];
  return number === String(descriptor) && /^\d+$/.test(size) ? BigInt(size) : null;
}

/** Runs a copy that shows its progress and that Ctrl-C ends. */
async function withProgress<T>(
  { quiet }: Output,
  action: (run: Pick<LoadFileOptions, "signal" | "onProgress" | "onVerified">) => Promise<T>,
): Promise<T> {
  return await interruptible(async (signal) => {
    using status = statusLine({ quiet });
    const onVerified = showCopy(status, { quiet, verb: "verifying" });
    return await action({ signal, onProgress: showCopy(status, { quiet }), onVerified });
  });
}
