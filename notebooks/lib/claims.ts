import { type BenchDocument, isMeasured, letterDocument } from "../../bench/mod.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";

/** A claim of the letter that one row is faster than another. */
export interface Claim {
  /** The claim. */
  text: string;
  /** The gain, in the letter's words. */
  prose: string;
  /** The same as a ratio of rates. */
  ratio: number;
  /** The row that is faster. */
  faster: number;
  /** The row that it is compared with. */
  than: number;
}

/** The letter's headline claims, each with the rows whose figures it quotes. */
export const claims: readonly Claim[] = [
  {
    text: "tmpfs direct c_f_r against mmap and direct read",
    prose: "+15%",
    ratio: 1.15,
    faster: 10,
    than: 4,
  },
  {
    text: "udmabuf direct c_f_r against mmap and direct read",
    prose: "+50%",
    ratio: 1.5,
    faster: 20,
    than: 12,
  },
  {
    text: "dmabuf direct c_f_r against buffered I/O",
    prose: "260% faster",
    ratio: 3.6,
    faster: 22,
    than: 1,
  },
  {
    text: "dmabuf direct c_f_r against udmabuf's",
    prose: "40% faster",
    ratio: 1.4,
    faster: 22,
    than: 20,
  },
];

/** I/O rate of a claim's one row over the other's; null where either was not measured. */
export function ratioOf({ faster, than }: Claim, document: BenchDocument): number | null {
  const [a, b] = [faster, than].map((id) =>
    document.rows.filter(isMeasured).find((row) => row.id === id)
  );
  return a && b ? a.MBps / b.MBps : null;
}

/** A ratio of rates as the gain that it is. */
export function gain(ratio: number | null): string {
  if (ratio === null) return "not measured";
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(0)} % (${ratio.toFixed(2)} ×)`;
}

/** The claims as the prose has them, as the letter's own table does, and as measured. */
export function claimTable(document: BenchDocument): View {
  return table(claims, [
    { title: "claim", cell: ({ text }) => text, align: "left" },
    { title: "rows", cell: ({ faster, than }) => `${faster} : ${than}` },
    { title: "the letter's prose", cell: ({ prose }) => prose },
    { title: "the letter's table", cell: (claim) => gain(ratioOf(claim, letterDocument)) },
    { title: "here", cell: (claim) => gain(ratioOf(claim, document)) },
  ]);
}
