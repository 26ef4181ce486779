import { Command, ValidationError } from "@cliffy/command";
import { CHUNK_BYTES, DEPTH, MAX_DEPTH } from "../copy/tuning.ts";
import { loadJob, saveJob } from "./copy_run.ts";
import { parseJob } from "./copy_job.ts";
import { EXEC_HELP } from "./exec.ts";
import { checkHandOver, handOver, parseHandOver } from "./hand_over.ts";
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

const ENDS = "the buffer ends with this command: --exec CMD…, --serve SOCKET or --hold keeps it";

/** Options that a save has no use for. */
const FOR_LOADS = ["tensors", "align", "layout", "method", "sha256", "pack", "split"];

/** `dmacopy copy` */
export const copyCommand = new Command()
  .description(
    "Copy files into device-shareable memory, by default the fastest way; or a buffer into a file. " +
      "Destinations: dmabuf:[heap], udmabuf:[thp|hugetlb|4k], memfd:[thp|hugetlb|4k], fd:N. " +
      "A source fd:N is saved to a path.",
  )
  .type("path", pathType)
  .type("size", sizeType)
  .type("pages", pagesType)
  .type("method", methodType)
  .type("count", countType)
  .type("depth", numberType({ least: 1, most: MAX_DEPTH }))
  .type("sha256", sha256Type)
  .type("mode", modeType)
  .arguments("<src:path> [more...:path]")
  .option("--verify", "Read the file again and compare; the default when saving.")
  .option("--no-verify", "Skip verification.")
  .option("--checksum", "Give the XXH64 of the content.")
  .option("--sha256 <hex:sha256>", "Compare what was loaded with this SHA-256.")
  .option("--pack", "Load several files into one buffer, one after the other.")
  .option(
    "--split <size:pages>",
    "Load into several buffers of that size at most: the next is made while one is read.",
  )
  .option(
    "--tensors <pattern:string>",
    "Of model files, load only tensors of such names: blk.0.*",
    { collect: true },
  )
  .option(
    "--align <size:size>",
    "What each tensor's place is a multiple of, else they lie as in the file; without --tensors, " +
      "where the data of whole models begins.",
  )
  .option("--layout <file:path>", "Write what lies where in the buffers, as JSON.")
  .option("--size <size:size>", "How much of the buffer fd:N to save.")
  .option("--method <method:method>", "What moves the bytes; the fastest that there is.")
  .option("--chunk <size:size>", `How much to move at once; ${CHUNK_BYTES >> 20n}MiB.`)
  .option("--depth <count:depth>", `How many chunks to move at once; ${DEPTH}.`)
  .option("--direct", "Fail where the page cache can't be bypassed.")
  .option("--no-direct", "Go through the page cache.")
  .option("--exec", EXEC_HELP)
  .option("--serve <socket:path>", "Then hand the buffers out at a socket, until Ctrl-C.")
  .option(
    "--mode <octal:mode>",
    "With --serve, who may connect, as chmod has it: 600 is this user and root (the default), 660 " +
      "the group too (the default with --group), 666 everybody.",
  )
  .option("--group <group:string>", "With --serve, the group of the socket, by name or number.")
  .option("--max-clients <count:count>", "With --serve: end after so many.")
  .option("--hold", "Then print the buffers' paths in /proc and hold them, until Ctrl-C.")
  .option("--until <when:string>", "End --serve or --hold then: 90s, 10m, 2h or a date and time.")
  .option("--explain", "Say which way was taken, and why no other.")
  .option("--json", "Print what was done as JSON.")
  .option("-q, --quiet", "Print errors only.")
  .example("dmacopy copy model.bin --verify", "Copy by the fastest way and check it.")
  .example(
    "dmacopy copy model.bin dmabuf --exec ./infer",
    "Hand the buffer to a program: descriptor 3, as $LISTEN_FDS and $DMACOPY_FD say; " +
      "$DMACOPY_SIZE is its size.",
  )
  .example(
    "dmacopy copy model.gguf --serve /run/model.sock",
    "Hold the buffer for programs that come and go: see the folder clients.",
  )
  .example("dmacopy copy model.bin udmabuf:thp --explain", "Use transparent huge pages.")
  .example("dmacopy copy model-0000*.safetensors", "Load each shard into a buffer of its own.")
  .example(
    "dmacopy copy model.gguf --tensors 'blk.0.*' --layout blk0.json",
    "Load a part of a model.",
  )
  .example(
    "dmacopy copy model.gguf --align 64KiB --layout model.json",
    "Load all of a model so that its tensors' data is aligned as a device needs it.",
  )
  .example("dmacopy copy fd:3 frame.raw", "Save the buffer that is open as descriptor 3.")
  .action(async function (options, ...args) {
    const { explain = false, json = false, quiet = false, pack = false } = options;
    const next = parseHandOver(options, this.getLiteralArgs());
    const job = parseJob(args);
    const { verify, checksum, direct, chunk: chunkBytes, depth } = options;
    const shared = { verify, checksum, direct, chunkBytes, depth };
    // The standard output is the command's, or for the paths.
    const isTaken = next?.kind === "exec" || next?.kind === "hold";
    const output = { print: isTaken ? console.error : console.log, explain, json, quiet };
    if (job.kind === "save") {
      const given: Record<string, unknown> = options;
      const other = next?.kind ?? FOR_LOADS.find((name) => given[name] !== undefined);
      if (other) throw new ValidationError(`--${other} is for what is loaded.`);
      return await saveJob(job, { ...shared, bytes: options.size }, output);
    }
    if (options.size !== undefined) throw new ValidationError("--size is of a buffer to save.");
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
