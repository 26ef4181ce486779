import { type ArgumentValue, Command, ValidationError } from "@cliffy/command";
import { PLACE_WORDS } from "../copy/place.ts";
import { formatDuration, formatRate, formatSize } from "../terminal/format.ts";
import { statusLine } from "../terminal/status_line.ts";
import { stoppable } from "../terminal/stoppable.ts";
import { DIRECT_HELP, NO_DIRECT_HELP } from "./direct.ts";
import { cpuCopies } from "./report_load.ts";
import { countType, numberType, pathType } from "./types.ts";
import { printJson } from "./json_error.ts";

/** V4L2's own limit of buffers. */
const MAX_RING = 32;

/** `dmacopy capture` */
export const captureCommand = new Command()
  .description(
    "Capture frames of a V4L2 device into a ring of dma-bufs, and store each from there while the " +
      "next ones are captured. FILE.jsonl lists the frames and their places.",
  )
  .type("path", pathType)
  .type("ring-buffer", ({ value }) => value)
  .complete("ring-buffer", () => PLACE_WORDS.filter((word) => !word.startsWith("memfd")))
  .type("count", countType)
  .type("seconds", secondsType)
  .type("ring", numberType({ least: 2, most: MAX_RING }))
  .arguments("<device:path> <file:path>")
  .option("--frames <count:count>", "End after this number of frames.")
  .option(
    "--seconds <seconds:seconds>",
    "End after this number of seconds, by the frames' timestamps.",
  )
  .option("--ring <count:ring>", "Number of frames in the ring, 2 to 32 (default 8).")
  .option(
    "--format <format:string>",
    "Frame format, or a part of it: 1920x1080@60:YUYV, :MJPG (default: the device's).",
  )
  .option(
    "--buffer <place:ring-buffer>",
    "Kind of the ring's buffers: udmabuf[:thp|hugetlb|4k], dmabuf[:HEAP] (default: the first that the device takes).",
  )
  .option("--direct", DIRECT_HELP)
  .option("--no-direct", NO_DIRECT_HELP)
  .option("--json", "Print the result, or why it failed, as JSON.")
  .option("-q, --quiet", "Print errors only.")
  .example(
    "dmacopy capture /dev/video0 a.raw --seconds 10",
    "Capture ten seconds in the device's current format.",
  )
  .example(
    "dmacopy capture /dev/video0 a.raw --format 1920x1080@60:YUYV --frames 600",
    "Capture six hundred frames in that format.",
  )
  .action(async ({ json = false, quiet = false, ...options }, device, path) => {
    const { seconds } = options;
    const { capture, parseFormat } = await import("../capture/mod.ts");
    const format = options.format === undefined
      ? undefined
      : wrong(() => parseFormat(options.format!));
    const buffer = options.buffer === undefined ? undefined : await parseRing(options.buffer);
    let count = 0;
    const result = await stoppable(async ({ stop, signal }) => {
      using status = statusLine({ quiet });
      return await capture(device, path, {
        ...{ frames: options.frames, seconds, ring: options.ring, format, buffer },
        direct: options.direct,
        signal: AbortSignal.any([stop, signal]),
        onProgress({ frames, dropped, bytes, elapsedMs }) {
          count = frames;
          const text = `${frames} frames, ${dropped} dropped, ${formatSize(bytes)}`;
          status.update("capturing", `${text}, ${formatDuration(elapsedMs)}`);
        },
      });
    }, { keeps: () => count > 0, onStop: () => {} });
    const { failure, bytes, notes, ...rest } = result;
    if (json) {
      const all = { ...rest, bytes: Number(bytes), cpuCopies: cpuCopies(result), notes };
      printJson({ ...all, failure: failure?.message ?? null });
    } else if (!quiet) {
      for (const note of notes) console.error(note);
      console.log(summary(result));
    }
    if (result.dropped + result.damaged > 0 && !json) {
      console.error(`${result.dropped} frames dropped, ${result.damaged} damaged`);
    }
    if (failure) throw failure;
  });

function secondsType({ name, value }: ArgumentValue): number {
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (seconds > 0) return seconds;
  throw new ValidationError(`${name} must be a number of seconds, not "${value}"`);
}

function summary(
  result: Parameters<typeof cpuCopies>[0] & {
    frames: number;
    dropped: number;
    bytes: bigint;
    elapsedMs: number;
    format: string;
    ring: number;
    buffer: string;
  },
): string {
  const { frames, dropped, bytes, elapsedMs, format, ring, buffer, direct, method } = result;
  const copies = cpuCopies(result);
  return [
    `${frames} frames of ${format}, ${dropped} dropped`,
    `${formatSize(bytes)} in ${formatDuration(elapsedMs)} (${formatRate(bytes, elapsedMs)})`,
    `${ring} × ${buffer}, ${direct ? "direct" : "buffered"} ${method}`,
    `${copies} CPU ${copies === 1 ? "copy" : "copies"}`,
  ].join(", ");
}

async function parseRing(text: string) {
  const { parsePlace } = await import("../copy/mod.ts");
  const place = wrong(() => parsePlace(text));
  if (place.kind === "dmabuf") return place;
  if (place.kind === "udmabuf") return { ...place, kind: place.kind };
  throw new ValidationError(`--buffer "${text}" is neither udmabuf nor dmabuf.`);
}

/** Reports a TypeError about an option as wrong usage. */
function wrong<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new ValidationError((cause as Error).message, { cause });
  }
}
