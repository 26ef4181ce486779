import { Command } from "@cliffy/command";
import { DEFAULT_BASE } from "../kernel/lab/bases.ts";
import { benchCopyCommand } from "./bench_copy.ts";
import { fleetCommand } from "./bench_fleet.ts";
import { mergeCommand } from "./bench_merge.ts";
import { sweepCommand } from "./bench_sweep.ts";
import { latencyType, rateType } from "./bench_types.ts";
import { nothingWritten, partWritten, sayUnwritten } from "./unwritten.ts";
import {
  archType,
  baseType,
  clockType,
  countType,
  directionType,
  filesystemType,
  kernelType,
  pagesType,
  seedType,
} from "./types.ts";

/** `dmacopy bench` */
export const benchCommand = new Command()
  .description(
    "Measure the letter's 23 rows: on this kernel if it has the series, else in the lab. The letter " +
      "is wangtao's mail of 30 May 2025 to linux-mm.",
  )
  .type("pages", pagesType)
  .type("count", countType)
  .type("seed", seedType)
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", kernelType)
  .type("clock", clockType)
  .type("direction", directionType)
  .type("filesystem", filesystemType)
  .type("rate", rateType)
  .type("latency", latencyType)
  .option(
    "--rows <rows:string>",
    "Rows to measure: numbers (1,12,20-22), names, or letter, limit, extended, all (default letter,limit).",
  )
  .option(
    "--size <size:pages>",
    "Amount of data to move (default 1GiB; with --quick 256MiB).",
  )
  .option("--chunk <size:pages>", "Size of each buffer (default 32MiB).")
  .option("--runs <n:count>", "Rounds after the warm-up (default 5).")
  .option("--seed <n:seed>", "Seed for the row order (default 1).")
  .option("--quick", "Measure one round over 256 MiB, for a first look.")
  .option(
    "--direction <direction:direction>",
    "Read files into buffers, or write buffers into files (default read).",
  )
  .option("--host", "Measure the running kernel, even if it lacks the series.", {
    conflicts: [
      "arch",
      "base",
      "kernel",
      "clock",
      "filesystem",
      "device-bandwidth",
      "device-latency",
      "guests",
    ],
  })
  .option("--file <path:file>", "With --host: the file to read.", { depends: ["host"] })
  .option("--arch <arch:arch>", "Architecture of the lab's guests (default: this machine's).")
  .option(
    "--base <base:base>",
    `Linux version of the lab's kernel (default ${DEFAULT_BASE}).`,
  )
  .option(
    "--kernel <kernel:kernel>",
    "Kernel of the lab: without the series (stock), with it (patched), … (default patched).",
  )
  .option(
    "--clock <clock:clock>",
    "Clock of the lab: a modelled 1 GHz CPU's (model), or real time (wall; default model).",
  )
  .option("--filesystem <name:filesystem>", "Filesystem of the lab's disk (default ext4).")
  .option(
    "--device-bandwidth <rate:rate>",
    "Bandwidth of the lab's modelled disk, per second (default 4GiB).",
  )
  .option(
    "--device-latency <us:latency>",
    "Latency of the lab's modelled disk in µs (default 100).",
  )
  .option(
    "--guests <n:count>",
    "Number of lab guests that share the rows (default: as many as cores and memory allow).",
  )
  .option("--json <path:file>", "Write the result with all samples to a file.")
  .option("--csv <path:file>", "Write one line per row to a file.")
  .option("--markdown <path:file>", "Write the table in Markdown to a file.")
  .option("--html <path:file>", "Write a web page with table and charts.")
  .option("--save <name:string>", "Keep the result as a baseline of this name.")
  .option(
    "--compare <baseline:string>",
    "Compare with a baseline, a file that --json wrote, or letter.",
  )
  .option("-q, --quiet", "Print no table and no progress.")
  .example("dmacopy bench", "Measure the whole table.")
  .example("dmacopy bench --rows 1,12,22 --size 256MiB", "Measure three rows of it.")
  .example("dmacopy bench --host --rows 3-5 --json out.json", "Measure the running kernel.")
  .action(async ({ quiet = false, save, compare, ...options }) => {
    const { checkOutputs, writeOutputs } = await import("./bench_outputs.ts");
    const { checkRequest, checkRows, checkSave, measure } = await import("./bench_place.ts");
    const { doubtOf } = await import("./bench_doubts.ts");
    const bench = await import("../bench/mod.ts");
    checkRows(options.rows);
    checkRequest(options);
    checkOutputs(options);
    checkSave(save);
    const baseline = compare === undefined ? null : await bench.loadBaseline(compare);
    if (baseline) bench.checkDirection(options.direction ?? "read", baseline);

    const { json, csv, markdown, html } = options;
    const to = { files: [json, csv, markdown, html], baseline: save };
    const { found: document, failure } = await sayUnwritten(
      to,
      () => measure({ ...options, quiet }),
    );
    if (document.rows.length === 0) throw nothingWritten(to);
    await writeOutputs(options, document);
    const doubt = doubtOf([document]);
    const saves = !document.interrupted && !doubt;
    if (save !== undefined && saves) await bench.saveBaseline(save, document);
    if (!quiet) console.log(bench.renderText(document).trimEnd());
    if (baseline) {
      const comparison = bench.compare(document, baseline);
      console.log(`\n${bench.renderComparison(comparison).trimEnd()}`);
    }
    if (failure) throw failure;
    if (document.interrupted) throw partWritten(to);
    if (doubt) throw doubt;
  })
  .command("sweep", sweepCommand)
  .command("merge", mergeCommand)
  .command("fleet", fleetCommand)
  .command("copy", benchCopyCommand);
