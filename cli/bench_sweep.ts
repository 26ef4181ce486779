import { Command, ValidationError } from "@cliffy/command";
import type { Sweep } from "../bench/mod.ts";
import type { Request } from "../guests/request.ts";
import { writeOutput } from "./output_file.ts";
import { latencyType, listOf, rateType } from "./bench_types.ts";
import { InterruptedError } from "../terminal/interruptible.ts";
import { baseType, countType, directionType, kernelType, pagesType, seedType } from "./types.ts";

/** The letter's dma-buf as it is and as it could be, and the best that there is without. */
const DEFAULT_ROWS = "1,12,20,22";

/** What a sweep goes over, by the request's field. */
interface Axes {
  deviceBandwidth?: number[] | undefined;
  deviceLatency?: number[] | undefined;
  chunk?: bigint[] | undefined;
}

/** Every combination of the axes' values, the last axis fastest; without any axis one point. */
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
  .type("base", baseType)
  .type("kernel", kernelType)
  .type("direction", directionType)
  .option("--device-bandwidth <rates:rates>", "Of the modelled disk, as 1,2,4,8GiB.")
  .option("--device-latency <us:latencies>", "Of the modelled disk in µs, as 20,100,300.")
  .option("--chunk <sizes:sizes>", "Sizes of a buffer, as 4,32MiB.")
  .option("--rows <rows:string>", `Rows, to which the limit is added; ${DEFAULT_ROWS}.`)
  .option("--size <size:pages>", "How much of the file to move, as 256MiB; 1GiB.")
  .option("--runs <n:count>", "Rounds after the warm-up.", { default: 1 })
  .option("--seed <n:seed>", "Of the rows' order; 1.")
  .option("--quick", "Over 256 MiB, for a first look.")
  .option("--direction <direction:direction>", "Into the buffers (read), or out of them; read.")
  .option("--base <base:base>", "The Linux that the kernel is based on; 6.12.")
  .option("--kernel <kernel:kernel>", "Debian's kernel, or with the series; patched.")
  .option("--guests <n:count>", "How many guests measure at once; what fits.")
  .option("--json <path:file>", "Write all points with all samples.")
  .option("--csv <path:file>", "Write a line for each row and point.")
  .option("-q, --quiet", "Print no table and no progress.")
  .example("dmacopy bench sweep --device-bandwidth 1,4GiB --rows 1,12,22", "Slow and fast disks.")
  .example("dmacopy bench sweep --chunk 1,4,32MiB --rows 12,22 --quick", "Small and large buffers.")
  .action(async ({ quiet = false, deviceBandwidth, deviceLatency, chunk, json, csv, ...rest }) => {
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
    const { renderSweep, renderSweepCsv } = await import("../bench/mod.ts");
    const rows = `${rest.rows ?? DEFAULT_ROWS},limit`;
    checkRows(rows);
    for (const point of points) checkRequest({ ...rest, ...point });
    checkOutputs({ json, csv });

    const tasks = points.map((point, index) => ({
      request: { ...rest, ...point, rows, quiet },
      label: `point ${index + 1} of ${points.length}, `,
    }));
    const guests = rest.guests ?? guestsHere();
    const { found: documents, failure } = await measureInGuests(tasks, { guests, quiet });
    const measured = documents.filter(({ rows }) => rows.length > 0);
    const sweep: Sweep = { schema: "dmacopy-sweep-1", points: measured };
    if (json !== undefined) writeOutput("--json", json, JSON.stringify(sweep, null, 2) + "\n");
    if (csv !== undefined) writeOutput("--csv", csv, renderSweepCsv(sweep));
    if (!quiet) console.log(renderSweep(sweep).trimEnd());
    if (failure) throw failure;
    if (measured.length < points.length || measured.some(({ interrupted }) => interrupted)) {
      throw new InterruptedError();
    }
  });
