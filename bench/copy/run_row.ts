import { type LoadedFiles, loadFiles, type LoadFilesOptions, loadRanges } from "../../copy/mod.ts";
import { clockMs } from "../../ffi/mod.ts";
import type { MadeFiles } from "./files.ts";
import type { CopySample } from "./result.ts";
import type { CopyRow } from "./rows.ts";

/** Copies a row's files once, and returns the time. */
export async function copyOnce(
  row: CopyRow,
  files: MadeFiles,
  { command, verify }: {
    /** The command line, for rows about the first call of a process. */
    command: readonly string[];
    /** Compare the copies with the files; the time counts if the row is about verification. */
    verify: boolean;
  },
): Promise<CopySample> {
  const verified = verify || row.verify === true;
  if (row.firstCall) return await copyByCommand(row, files, { command, verify: verified });
  const startMs = clockMs();
  using loaded = await load(files, {
    to: row.to,
    verify: verified,
    splitBytes: row.splitBytes === undefined ? undefined : BigInt(row.splitBytes),
  });
  const { elapsedMs, cpuMs } = loaded;
  return row.verify ? { ms: clockMs() - startMs, cpuMs } : { ms: elapsedMs, cpuMs };
}

async function load(
  { paths, ranges }: MadeFiles,
  { splitBytes, ...options }: LoadFilesOptions,
): Promise<Pick<LoadedFiles, "elapsedMs" | "cpuMs"> & Disposable> {
  return ranges ? await loadRanges(ranges, options) : await loadFiles(paths, {
    ...options,
    splitBytes,
  });
}

async function copyByCommand(
  { to }: CopyRow,
  { paths }: MadeFiles,
  { command: [program = "", ...args], verify }: { command: readonly string[]; verify: boolean },
): Promise<CopySample> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [
      ...args,
      "copy",
      ...paths,
      ...(to ? [to] : []),
      "--json",
      ...(verify ? ["--verify"] : []),
    ],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`copy failed: ${text(stderr).trim().split("\n").at(-1)}`);
  const { elapsedMs, cpuMs = null } = JSON.parse(text(stdout));
  return { ms: elapsedMs, cpuMs };
}
