import { Command, ValidationError } from "@cliffy/command";
import { V8_FLAGS } from "../base/v8_flags.ts";
import { DEFAULT_BASE } from "../kernel/lab/bases.ts";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { checkOutput, writeOutput } from "./output_file.ts";
import { sayUnwritten } from "./unwritten.ts";
import { archType, baseType, countType, kernelType, sizeType } from "./types.ts";

/** The least memory for a copy of 1 GiB. */
const LEAST_MEMORY = 1536n << 20n;

/** `dmacopy bench copy` */
export const benchCopyCommand = new Command()
  .description("Time whole copies, compare them with the disk's own time, and fail above a limit.")
  .type("count", countType)
  .type("size", sizeType)
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", kernelType)
  .option("--rows <rows:string>", "Rows to measure: names, or cases, growth, all.", {
    default: "cases",
  })
  .option("--runs <n:count>", "Copies per row after the first one, which is verified.", {
    default: 3,
  })
  .option("--host", "Measure the running kernel, not the lab's.", {
    conflicts: ["arch", "base", "kernel", "memory"],
  })
  .option("--file <path:file>", "With --host: the file to copy, a large one.", {
    depends: ["host"],
  })
  .option("--arch <arch:arch>", "Architecture of the lab's guests (default: this machine's).")
  .option(
    "--base <base:base>",
    `Linux version of the lab's kernel (default ${DEFAULT_BASE}).`,
  )
  .option(
    "--kernel <kernel:kernel>",
    "Kernel of the lab: without the series (stock), with it (patched), … (default patched).",
  )
  .option("--memory <size:size>", "Memory of the lab's guests (default: as each row needs).")
  .option("--no-limits", "Don't fail if a row exceeds its limit.")
  .option("--json <path:file>", "Write the result with all samples to a file.")
  .option("-q, --quiet", "Print no table and no progress.")
  .example(
    "dmacopy bench copy --rows shards-udmabuf",
    "Measure copies of many small files into udmabufs.",
  )
  .example(
    "dmacopy bench copy --host --file /models/model.gguf --rows growth",
    "Measure copies of growing size on this disk.",
  )
  .action(async (options) => {
    const { rows, runs, host, file, memory, limits, json, quiet = false } = options;
    const { arch, base, kernel } = options;
    if (memory !== undefined && memory < LEAST_MEMORY) {
      throw new ValidationError("--memory must be at least 1536MiB");
    }
    const bench = await import("../bench/mod.ts");
    const selected = (() => {
      try {
        return bench.selectCopyRows(rows);
      } catch (cause) {
        throw new ValidationError(`--rows: ${(cause as Error).message}`, { cause });
      }
    })();
    if (host && file === undefined) {
      throw new ValidationError("--host needs --file with a large file.");
    }
    if (json !== undefined) checkOutput("--json", json);
    const document = await sayUnwritten({ files: [json] }, () =>
      interruptible(async (signal) => {
        using status = statusLine({ quiet, steps: true });
        if (file === undefined) {
          const { measureCopyInLab } = await import("../guests/measure_copy.ts");
          const memoryMiB = memory === undefined ? undefined : Number(memory >> 20n);
          return await measureCopyInLab({
            rows: selected.map((row) => ({ ...row, memoryMiB: memoryMiB ?? row.memoryMiB })),
            ...{ runs, arch, base, kernel, status, signal },
          });
        }
        const { STEPS_VARIABLE } = await import("../guests/steps.ts");
        const tell = Deno.env.has(STEPS_VARIABLE);
        return await bench.runCopyBench({
          ...{ file, rows: selected, runs, signal },
          command: [Deno.execPath(), "run", "-A", `--v8-flags=${V8_FLAGS}`, Deno.mainModule],
          onProgress({ row: { id }, done, total }) {
            if (tell) console.error(`row ${id}`);
            else status.update(`measuring ${id}`, `${done} of ${total} done`);
          },
        });
      }));
    if (json !== undefined) writeOutput("--json", json, JSON.stringify(document, null, 2) + "\n");
    if (!quiet) console.log(bench.renderCopyText(document).trimEnd());
    if (limits !== false) bench.checkLimits(document);
  });
