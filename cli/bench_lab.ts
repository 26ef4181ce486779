import { type BenchDocument, parseDocument } from "../bench/mod.ts";
import { LabError } from "../kernel/lab/mod.ts";
import type { Request } from "./bench_place.ts";
import { interruptible } from "./interruptible.ts";
import { runSession } from "./lab_session.ts";

const RESULT = "result.json";
/** The file on the guest's data disk. */
const FILE = "/data/model.bin";
/** What the bench itself is asked in the guest, as it was asked here. */
const PASSED_ON = ["rows", "size", "chunk", "runs", "seed", "direction"] as const;

/** Measures in a guest, whose own command line does it. */
export async function measureInLab(request: Request): Promise<BenchDocument> {
  const { kernel, clock, quiet, size } = request;
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-bench-" });
  try {
    const { status, complaints } = await interruptible((signal) =>
      runSession(guestCommand(request), {
        ...(kernel && { kernel }),
        ...(clock && { clock }),
        ...(size !== undefined && { modelBytes: Number(size) }),
        outputFolder: folder,
        timeoutMs: 4 * 60 * 60_000,
        quiet,
        signal,
      })
    );
    if (status !== 0) throw new LabError(`the bench in the guest failed: exit status ${status}`);
    for (const line of complaints) console.error(`the guest's kernel: ${line}`);
    return parseDocument(await Deno.readTextFile(`${folder}/${RESULT}`), "the guest's result");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function guestCommand(request: Request): string[] {
  const options = PASSED_ON.flatMap((name) =>
    request[name] === undefined ? [] : [`--${name}`, String(request[name])]
  );
  const quick = request.quick ? ["--quick"] : [];
  const output = ["--file", FILE, "--json", RESULT, "--quiet"];
  return ["dmacopy", "bench", "--host", ...options, ...quick, ...output];
}
