import { Command, ValidationError } from "@cliffy/command";
import type { BenchDocument, Sweep, SweepPlan } from "../bench/mod.ts";
import type { Request } from "../guests/request.ts";
import { DEFAULT_BASE } from "../kernel/lab/bases.ts";
import type { Device } from "../kernel/lab/machine.ts";
import { finishedPart, shardType } from "./bench_shard.ts";
import { writeOutput } from "./output_file.ts";
import { latencyType, listOf, rateType } from "./bench_types.ts";
import { partWritten, sayUnwritten } from "./unwritten.ts";
import {
  archType,
  baseType,
  countType,
  directionType,
  kernelType,
  pagesType,
  seedType,
} from "./types.ts";

/** The letter's dma-buf rows without and with the series, and the best rows without a heap. */
const DEFAULT_ROWS = "1,12,20,22";

/** The axes of a sweep, by the request's field. */
interface Axes {
  deviceBandwidth?: number[] | undefined;
  deviceLatency?: number[] | undefined;
  chunk?: bigint[] | undefined;
}

/** Every combination of the axes' values, the last axis fastest; one point if there are no axes. */
export function sweepPoints(axes: Axes): Partial<Request>[] {
  return (["deviceBandwidth", "deviceLatency", "chunk"] as const).reduce<Partial<Request>[]>(
    (points, name) => {
      const values = axes[name];
      if (values === undefined) return points;
      return points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
    },
    [{}],
  );
}

/** `dmacopy bench sweep` */
export const sweepCommand = new Command()
  .description("Measure rows at several speeds of the lab's disk, or sizes of a buffer.")
  .type("pages", pagesType)
  .type("sizes", listOf(pagesType))
  .type("count", countType)
  .type("seed", seedType)
  .type("rates", listOf(rateType))
  .type("latencies", listOf(latencyType))
  .type("arch", archType)
  .type("base", baseType)
  .type("kernel", kernelType)
  .type("direction", directionType)
  .type("shard", shardType)
  .option(
    "--device-bandwidth <rates:rates>",
    "Bandwidths of the lab's modelled disk, per second, such as 1,2,4,8GiB.",
  )
  .option(
    "--device-latency <us:latencies>",
    "Latencies of the lab's modelled disk in µs, such as 20,100,300.",
  )
  .option("--chunk <sizes:sizes>", "Buffer sizes, such as 4,32MiB.")
  .option("--rows <rows:string>", `Rows to measure, besides the limit (default ${DEFAULT_ROWS}).`)
  .option(
    "--size <size:pages>",
    "Amount of data to move (default 1GiB; with --quick 256MiB).",
  )
  .option("--runs <n:count>", "Rounds after the warm-up.", { default: 1 })
  .option("--seed <n:seed>", "Seed for the row order (default 1).")
  .option("--quick", "Move 256 MiB only, for a first look.")
  .option(
    "--direction <direction:direction>",
    "Read files into buffers, or write buffers into files (default read).",
  )
  .option("--arch <arch:arch>", "Architecture of the lab's guests (default: this machine's).")
  .option("--base <base:base>", "Linux version of the lab's kernel (default 6.12).")
  .option(
    "--kernel <kernel:kernel>",
    "Kernel of the lab: without the series (stock), with it (patched), … (default patched).",
  )
  .option(
    "--guests <n:count>",
    "Number of guests that measure at once (default: as many as cores and memory allow).",
  )
  .option(
    "--shard <i/n:shard>",
    "Measure one share of the points, such as 1/4, and continue where the --json file ends.",
    {
      depends: ["json"],
    },
  )
  .option("--json <path:file>", "Write all points with all samples to a file.")
  .option("--csv <path:file>", "Write one line per row and point to a file.")
  .option("-q, --quiet", "Print no table and no progress.")
  .example(
    "dmacopy bench sweep --device-bandwidth 1,4GiB --rows 1,12,22",
    "Compare slow and fast disks.",
  )
  .example(
    "dmacopy bench sweep --chunk 1,4,32MiB --rows 12,22 --quick",
    "Compare small and large buffers.",
  )
  .action(async (
    { quiet = false, deviceBandwidth, deviceLatency, chunk, json, csv, shard = null, ...rest },
  ) => {
    const points = sweepPoints({ deviceBandwidth, deviceLatency, chunk });
    if (points.length < 2) {
      throw new ValidationError(
        "a sweep needs several values: write --device-bandwidth 1,4GiB, --device-latency 20,300 " +
          "or --chunk 4,32MiB",
      );
    }
    const { checkOutputs } = await import("./bench_outputs.ts");
    const { checkRequest, checkRows } = await import("./bench_place.ts");
    const { measureInGuests } = await import("../guests/measure.ts");
    const { guestsHere } = await import("../guests/measure_in_lab.ts");
    const { doubtOf } = await import("./bench_doubts.ts");
    const bench = await import("../bench/mod.ts");
    const rows = `${rest.rows ?? DEFAULT_ROWS},limit`;
    checkRows(rows);
    for (const point of points) checkRequest({ ...rest, ...point });
    checkOutputs({ json, csv });

    const { DEFAULT_DEVICE } = await import("../kernel/lab/mod.ts");
    const plan = planOf({ ...rest, rows }, points, { ...bench, device: DEFAULT_DEVICE });
    const wanted: Sweep = { schema: "dmacopy-sweep-2", plan, shard, points: [] };
    const part = shard === null || json === undefined ? wanted : finishedPart(wanted, json);
    const missing = new Set(bench.missingPoints(part).map(bench.pointKey));
    const tasks = points.flatMap((point, index) =>
      missing.has(bench.pointKey(plan.points[index]!))
        ? [{
          request: { ...rest, ...point, rows, quiet },
          label: `point ${index + 1} of ${points.length}, `,
        }]
        : []
    );
    const withFound = (found: readonly BenchDocument[]): Sweep => ({
      ...bench.mergeSweeps([{ ...part, points: [...part.points, ...found] }]),
      shard,
    });
    const guests = rest.guests ?? guestsHere();
    const to = { files: [shard === null ? json : undefined, csv] };
    const { found, failure } = await sayUnwritten(to, () =>
      measureInGuests(tasks, {
        ...{ guests, quiet },
        onFound: (found) => {
          if (shard === null || json === undefined) return;
          writeOutput("--json", json, bench.renderSweepJson(withFound(found)));
        },
      }));
    const sweep = withFound(found.filter(({ rows }) => rows.length > 0));
    if (json !== undefined) writeOutput("--json", json, bench.renderSweepJson(sweep));
    if (csv !== undefined) writeOutput("--csv", csv, bench.renderSweepCsv(sweep));
    if (!quiet) console.log(bench.renderSweep(sweep).trimEnd());
    if (failure) throw failure;
    if (bench.missingPoints(sweep).length > 0) throw partWritten({ files: [json, csv] });
    const doubt = doubtOf(sweep.points);
    if (doubt) throw doubt;
  });

/** The request with the defaults filled in. */
function planOf(
  { rows, size, runs, seed, quick, direction, base, kernel }: Partial<Request>,
  points: readonly Partial<Request>[],
  { defaultSizes, selectRows, device }:
    & Pick<typeof import("../bench/mod.ts"), "defaultSizes" | "selectRows">
    & { device: Device },
): SweepPlan {
  return {
    base: base ?? DEFAULT_BASE,
    kernel: kernel ?? "patched",
    direction: direction ?? "read",
    sizeBytes: Number(size ?? defaultSizes(quick).sizeBytes),
    runs: runs ?? 1,
    seed: seed ?? 1,
    rows: selectRows(rows).map(({ id }) => id),
    points: points.map(({ deviceBandwidth, deviceLatency, chunk }) => ({
      device: {
        bytesPerSecond: deviceBandwidth ?? device.bytesPerSecond,
        latencyUs: deviceLatency ?? device.latencyUs,
      },
      chunkBytes: Number(chunk ?? defaultSizes(quick).chunkBytes),
    })),
  };
}
