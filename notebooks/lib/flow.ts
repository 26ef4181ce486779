import type { Counts } from "../measure/counts.ts";
import { cacheShare, cpuCopies, pinShare, pipeBytes } from "./copies.ts";
import { colours, frame } from "./figure.ts";
import type { View } from "./show.ts";

/** A place of the data, and the step to it. */
export interface Station {
  name: string;
  /** The step from the previous place; null for the first. */
  by: "DMA" | "copy" | "move" | null;
}

/** The path of the data according to the counts alone, without knowledge of the method. */
export function flowOf(count: Counts): Station[] {
  const { copied, bytes } = count;
  const often = (routine: string) => (copied[routine] ?? 0) / bytes > 0.5;
  const cached = cacheShare(count) > 0.5;
  const pinned = pinShare(count) > 0.5;
  const pipe = pipeBytes(count);
  const copies = Math.round(cpuCopies(count));

  const stations: Station[] = [{ name: "disk", by: null }];
  if (cached) stations.push({ name: "page cache", by: "DMA" });
  if (pipe !== null) {
    const name = `pipe, ${size(pipe)}`;
    stations.push({ name, by: cached ? "move" : "DMA" });
  }
  // Copied into an iterator and out of one again, so through the process' own memory.
  if (often("copy_page_from_iter_atomic") && pipe === null) {
    const name = pinned ? "pinned user buffer" : "user buffer";
    stations.push({ name, by: cached ? "copy" : "DMA" });
  }
  const direct = copies === 0;
  const last = direct && pinned ? `pinned ${count.buffer}` : count.buffer;
  stations.push({ name: last, by: direct ? "DMA" : "copy" });
  return stations;
}

function size(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}

/** A flow in a line, as the letter writes them. */
export function flowText(stations: readonly Station[]): string {
  return stations.map(({ name, by }) => by === null ? name : ` ─${by}→ ${name}`).join("");
}

/** The letter's places in the words of {@linkcode flowOf}; its program has pipes of these sizes. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  "DISK": ["disk"],
  "Alloc(cache)": ["page cache"],
  "usr_buf": ["user buffer"],
  "GUP(usr_buf)": ["pinned user buffer"],
  "pipe(buf)": ["pipe, 64 KiB"],
  "pipe(Alloc(cache))": ["page cache", "pipe, 64 KiB"],
  "big_pipe(buf)": ["pipe, 32 MiB"],
  "big_pipe(Alloc(cache))": ["page cache", "pipe, 32 MiB"],
  "MEM": ["memfd"],
  "mem_buf": ["memfd"],
  "tmpfs page": ["memfd"],
  "GUP(mem_buf)": ["pinned memfd"],
};

/** Whether a flow equals the letter's, such as "[DISK] -DMA-> [tmpfs page]". */
export function isLettersFlow(stations: readonly Station[], letter: string): boolean {
  const places = [...letter.matchAll(/\[(.*?)\]/g)].flatMap(([, place]) => PLACES[place!]);
  const steps = [...letter.matchAll(/-(DMA|COPY)->/g)].map(([, step]) => step);
  const own = stations.flatMap(({ by }) => by === null || by === "move" ? [] : by.toUpperCase());
  return stations.map(({ name }) => name).join() === places.join() && own.join() === steps.join();
}

const LINE = 44;
const BOX = { width: 132, height: 26 };
const GAP = 66;
const LEFT = 150;
const strokes = { DMA: colours.blue, copy: colours.orange, move: colours.grey } as const;

function drawn(stations: readonly Station[], top: number): string {
  return stations.map(({ name, by }, index) => {
    const x = LEFT + index * (BOX.width + GAP);
    const middle = top + BOX.height / 2;
    const box =
      `<rect x="${x}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="none" ` +
      `stroke="currentColor"/><text x="${x + BOX.width / 2}" y="${middle + 4}" ` +
      `text-anchor="middle">${name}</text>`;
    return by === null ? box : box + arrow(by, { to: x, y: middle });
  }).join("");
}

function arrow(by: "DMA" | "copy" | "move", { to, y }: { to: number; y: number }): string {
  const from = to - GAP;
  const dashed = by === "move" ? ' stroke-dasharray="4 3"' : "";
  return `<path d="M${from + 3} ${y}H${to - 9}" stroke="${
    strokes[by]
  }" stroke-width="3"${dashed}/>` +
    `<path d="M${to - 11} ${y - 6}L${to - 2} ${y}L${to - 11} ${y + 6}Z" fill="${strokes[by]}"/>` +
    `<text x="${from + GAP / 2 - 4}" y="${y - 7}" text-anchor="middle" font-size="11">${by}</text>`;
}

/** The path of the data in each case, drawn from the counts. */
export function flowChart(counts: readonly Counts[]): View {
  const flows = counts.map((count) => ({ count, stations: flowOf(count) }));
  const widest = Math.max(...flows.map(({ stations }) => stations.length));
  const lines = flows.map(({ count, stations }, index) => {
    const top = 60 + index * LINE;
    return `<text x="8" y="${top + 17}">${count.id} ${count.name}</text>${drawn(stations, top)}`;
  });
  return frame(lines.join(""), {
    title: "Where the data goes",
    alt: flows.map(({ count, stations }) => `${count.id} ${count.name}: ${flowText(stations)}`)
      .join(". "),
    legend: [
      { name: "DMA by the disk", colour: strokes.DMA },
      { name: "copy by the CPU", colour: strokes.copy },
      { name: "page handed on", colour: strokes.move },
    ],
    width: LEFT + widest * (BOX.width + GAP) - GAP + 12,
    height: 70 + flows.length * LINE,
  });
}
