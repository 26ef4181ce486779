import type { Progress } from "../copy/mod.ts";
import { formatLeft, formatRate, formatSize } from "../terminal/format.ts";
import type { StatusLine } from "../terminal/status_line.ts";

/** A bar of this width leaves room for percentage, rate and time left in 40 columns. */
const BAR_CELLS = 8;
/** The interval at which the bar moves on a terminal. */
const BAR_EVERY_MS = 100;
/** The interval of lines elsewhere. */
const LINE_EVERY_MS = 2000;

/** `[######......]` */
export function bar(share: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return `[${"#".repeat(done)}${".".repeat(BAR_CELLS - done)}]`;
}

/** `42 %, 3.86 GiB/s, 31 s left, 1.77 GiB of 4.21 GiB, model.gguf`: a narrow terminal cuts the end. */
export function describeProgress({ bytes, totalBytes, path, elapsedMs }: Progress): string {
  const share = totalBytes === 0n ? 1 : Number(bytes) / Number(totalBytes);
  const leftMs = share > 0 ? elapsedMs * (1 - share) / share : null;
  return [
    `${Math.floor(share * 100)} %`,
    formatRate(bytes, elapsedMs),
    ...(leftMs === null ? [] : [`${formatLeft(leftMs)} left`]),
    `${formatSize(bytes)} of ${formatSize(totalBytes)}`,
    path,
  ].join(", ");
}

/** Shows progress as a bar on a terminal, else as a line every two seconds; `verb` comes before it. */
export function showCopy(
  status: StatusLine,
  { quiet, verb }: { quiet: boolean; verb?: "verifying" },
): (progress: Progress) => void {
  const isTerminal = Deno.stderr.isTerminal();
  const everyMs = isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  let lastMs = 0;
  return (progress) => {
    if (quiet || progress.elapsedMs - lastMs < everyMs) return;
    lastMs = progress.elapsedMs;
    const text = [...verb ? [verb] : [], describeProgress(progress)].join(" ");
    if (!isTerminal) return console.error(text);
    const share = Number(progress.bytes) / Math.max(1, Number(progress.totalBytes));
    status.update(bar(share), text);
  };
}
