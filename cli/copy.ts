import { Command, ValidationError } from "@cliffy/command";
import { PLACE_WORDS } from "../copy/place.ts";
import { CHUNK_BYTES, DEPTH, MAX_DEPTH } from "../copy/tuning.ts";
import { loadJob, saveJob } from "./copy_run.ts";
import { parseJob } from "./copy_job.ts";
import { DIRECT_HELP, NO_DIRECT_HELP } from "./direct.ts";
import { EXEC_HELP } from "./exec.ts";
import {
  checkHandOver,
  GROUP_HELP,
  handOver,
  HOLD_HELP,
  MAX_CLIENTS_HELP,
  MODE_HELP,
  parseHandOver,
  SERVE_HELP,
  UNTIL_HELP,
} from "./hand_over.ts";
import { checkOutput, writeOutput } from "./output_file.ts";
import {
  countType,
  methodType,
  modeType,
  numberType,
  pagesType,
  pathType,
  sha256Type,
  sizeType,
} from "./types.ts";

const ENDS = "the buffer is gone now: use --exec CMD…, --serve SOCKET or --hold to keep it";

/** Options that only loading takes. */
const FOR_LOADS = ["tensors", "align", "layout", "method", "sha256", "pack", "split"];

/** `dmacopy copy` */
export const copyCommand = new Command()
  .description(
    "Copy files into device-shareable memory with the fastest method, or save a buffer to a file. " +
      "Destinations: dmabuf[:HEAP], udmabuf[:thp|hugetlb|4k], memfd[:thp|hugetlb|4k], fd:N. " +
      "With fd:N as the source, save that buffer to a path.",
  )
  .type("path", pathType)
  .type("place", pathType)
  .complete("place", () => [...PLACE_WORDS])
  .type("size", sizeType)
  .type("pages", pagesType)
  .type("method", methodType)
  .type("count", countType)
  .type("depth", numberType({ least: 1, most: MAX_DEPTH }))
  .type("sha256", sha256Type)
  .type("mode", modeType)
  .arguments("<src:path> [more...:place]")
  .option("--verify", "Read the file again and compare; the default when saving.")
  .option("--no-verify", "Skip verification.")
  .option("--checksum", "Print the XXH64 checksum of the content.")
  .option("--sha256 <hex:sha256>", "Fail unless the content has this SHA-256.")
  .option("--pack", "Put several files into one buffer, one after the other.")
  .option(
    "--split <size:pages>",
    "Use several buffers of at most this size, and make the next one while filling one.",
  )
  .option(
    "--tensors <pattern:string>",
    "Load only tensors with matching names, such as blk.0.*; may be repeated.",
    { collect: true },
  )
  .option(
    "--align <size:size>",
    "Align each tensor's place to a multiple of this (default: as in the file). Without " +
      "--tensors, align the start of each model's data.",
  )
  .option(
    "--layout <file:path>",
    "Write a JSON file with the places of files and tensors in the buffers.",
  )
  .option(
    "--size <size:size>",
    "Bytes of fd:N to save (default: its content if --exec handed it over, else all of it).",
  )
  .option(
    "--method <method:method>",
    "System call that moves the bytes (default: the fastest that works).",
  )
  .option("--chunk <size:pages>", `Bytes to move per call (default ${CHUNK_BYTES >> 20n}MiB).`)
  .option(
    "--depth <count:depth>",
    `Number of chunks in flight, 1 to ${MAX_DEPTH} (default ${DEPTH}).`,
  )
  .option("--direct", DIRECT_HELP)
  .option("--no-direct", NO_DIRECT_HELP)
  .option("--exec", EXEC_HELP)
  .option("--serve <socket:path>", SERVE_HELP)
  .option("--mode <octal:mode>", MODE_HELP)
  .option("--group <group:string>", GROUP_HELP)
  .option("--max-clients <count:count>", MAX_CLIENTS_HELP)
  .option("--hold", HOLD_HELP)
  .option("--until <when:string>", UNTIL_HELP)
  .option("--explain", "Explain which method was chosen and why.")
  .option("--json", "Print the result, or why it failed, as JSON.")
  .option("-q, --quiet", "Print errors only.")
  .example(
    "dmacopy copy model.bin --verify",
    "Copy with the fastest method and verify the content.",
  )
  .example(
    "dmacopy copy model.bin dmabuf --exec ./infer",
    "Hand the buffer to a program: descriptor 3, as $LISTEN_FDS and $DMACOPY_FD say; " +
      "$DMACOPY_SIZE is its size.",
  )
  .example(
    "dmacopy copy model.gguf --serve /run/model.sock",
    "Serve the buffer to programs that come and go; the folder clients has code for them.",
  )
  .example("dmacopy copy model.bin udmabuf:thp --explain", "Use transparent huge pages.")
  .example("dmacopy copy model-0000*.safetensors", "Load each shard into a buffer of its own.")
  .example(
    "dmacopy copy model.gguf --tensors 'blk.0.*' --layout blk0.json",
    "Load a part of a model.",
  )
  .example(
    "dmacopy copy model.gguf --align 64KiB --layout model.json",
    "Load a whole model with its tensors' data aligned for a device.",
  )
  .example("dmacopy copy fd:3 frame.raw", "Save the buffer that is open as descriptor 3.")
  .action(async function (options, ...args) {
    const { explain = false, json = false, quiet = false, pack = false } = options;
    const next = parseHandOver(options, this.getLiteralArgs());
    const job = parseJob(args);
    const { verify, checksum, direct, chunk: chunkBytes, depth } = options;
    const shared = { verify, checksum, direct, chunkBytes, depth };
    // The standard output belongs to the command, or to the paths.
    const isTaken = next?.kind === "exec" || next?.kind === "hold";
    const output = { print: isTaken ? console.error : console.log, explain, json, quiet };
    if (job.kind === "save") {
      const given: Record<string, unknown> = options;
      const other = next?.kind ?? FOR_LOADS.find((name) => given[name] !== undefined);
      if (other) {
        throw new ValidationError(`--${other} is for loading files, not for saving a buffer.`);
      }
      return await saveJob(job, { ...shared, bytes: options.size }, output);
    }
    if (options.size !== undefined) {
      throw new ValidationError("--size is for saving a buffer: dmacopy copy fd:N FILE.");
    }
    if (options.layout !== undefined) checkOutput("--layout", options.layout);
    await checkHandOver(next);
    using loaded = await loadJob(job, {
      ...shared,
      method: options.method,
      sha256: options.sha256,
      splitBytes: options.split,
      tensors: options.tensors,
      alignBytes: options.align,
      pack,
    }, output);
    if (!next && options.layout === undefined) {
      if (!quiet && !("descriptor" in job.destination)) console.error(ENDS);
      return;
    }
    const { manifestOf } = await import("../handover/mod.ts");
    const { files, tensors } = loaded;
    const manifest = manifestOf(files, tensors);
    if (options.layout !== undefined) {
      writeOutput("--layout", options.layout, JSON.stringify(manifest, null, 2) + "\n");
    }
    const handed = { buffers: files.map(({ buffer }) => buffer), manifest };
    if (next) Deno.exitCode = await handOver(next, handed, { quiet });
  });
