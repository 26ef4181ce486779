import { type CopyBenchDocument, type CopyRow, describeCommit } from "../bench/mod.ts";
import {
  type Arch,
  type Base,
  DEFAULT_MODEL_BYTES,
  factsOf,
  HOST_ARCH,
  LabError,
  type Variant,
} from "../kernel/lab/mod.ts";
import type { StatusLine } from "../terminal/status_line.ts";
import { runSession } from "./session.ts";
import { lineReader, STEPS_VARIABLE } from "./steps.ts";

const RESULT = "result.json";
/** The file on the guest's data disk. */
const FILE = "/data/model.bin";
const MIB = 2 ** 20;
const TIME_LIMIT_MS = 60 * 60_000;

/** Options of {@linkcode measureCopyInLab}. */
export interface MeasureCopyOptions {
  rows: readonly CopyRow[];
  runs: number;
  arch?: Arch | undefined;
  base?: Base | undefined;
  kernel?: Variant | undefined;
  status: StatusLine;
  signal: AbortSignal;
}

/**
 * Measures copies in the lab, a guest for each size of memory.
 *
 * @throws {LabError} if a guest or the bench in it fails
 */
export async function measureCopyInLab(
  { rows, ...options }: MeasureCopyOptions,
): Promise<CopyBenchDocument> {
  const hands = [...Map.groupBy(rows, ({ memoryMiB }) => memoryMiB)];
  const documents: CopyBenchDocument[] = [];
  for (const [memoryMiB, rows] of hands) {
    documents.push(await measureInGuest(rows, { ...options, memoryMiB }));
  }
  const found = documents.flatMap(({ rows }) => rows);
  return {
    ...documents[0]!,
    // The bench in the guest knows the rows' usual memory.
    rows: rows.flatMap(({ id, memoryMiB }) =>
      found.filter((row) => row.id === id).map((row) => ({ ...row, memoryMiB }))
    ),
  };
}

/** The size of the file: the disk has twice as much room, and a full page cache takes as much as memory. */
export function modelBytesFor(
  rows: readonly CopyRow[],
  { memoryMiB, arch = HOST_ARCH }: { memoryMiB: number; arch?: Arch | undefined },
): number {
  const fills = rows.some(({ fullCache }) => fullCache);
  const allMiB = memoryMiB + factsOf(arch).lowMiB;
  return Math.max(DEFAULT_MODEL_BYTES, fills ? allMiB * MIB / 2 : 0);
}

async function measureInGuest(
  rows: readonly CopyRow[],
  { runs, arch, base, kernel, status, signal, memoryMiB }: Omit<MeasureCopyOptions, "rows"> & {
    memoryMiB: number;
  },
): Promise<CopyBenchDocument> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-bench-" });
  let said = "";
  try {
    const { status: exit } = await runSession([
      ...["dmacopy", "bench", "copy", "--host", "--file", FILE, "--json", RESULT, "--quiet"],
      ...["--no-limits", "--runs", String(runs), "--rows", rows.map(({ id }) => id).join(",")],
    ], {
      ...{ arch, base, kernel, status, signal, memoryMiB, hugepages: 0, timeoutMs: TIME_LIMIT_MS },
      modelBytes: modelBytesFor(rows, { memoryMiB, arch }),
      env: { DMACOPY_COMMIT: await describeCommit() ?? "", [STEPS_VARIABLE]: "1" },
      outputFolder: folder,
      onStdout: () => {},
      onStderr: lineReader((line) => {
        const row = /^row (.*)$/.exec(line)?.[1];
        if (row) status.update(`measuring ${row}`);
        else said = line || said;
      }),
    });
    if (exit !== 0) throw new LabError(`the bench in the guest failed: ${said}`);
    return JSON.parse(await Deno.readTextFile(`${folder}/${RESULT}`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
