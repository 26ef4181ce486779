import { type BenchDocument, describeCommit, parseDocument, selectRows } from "../bench/mod.ts";
import { DEFAULT_MODEL_BYTES, LabError } from "../kernel/lab/mod.ts";
import { STEPS_VARIABLE } from "./bench_host.ts";
import type { Request } from "./bench_place.ts";
import { interruptible } from "./interruptible.ts";
import { runSession } from "./lab_session.ts";
import { statusLine } from "./status_line.ts";

const RESULT = "result.json";
/** The file on the guest's data disk. */
const FILE = "/data/model.bin";
/** 2 MiB pages to set aside for rows on hugetlbfs: 1 GiB of buffers, which is all that is held. */
const HUGEPAGES = 520;
/** The guest's clock is a model by default: a second round mostly repeats the first, in minutes. */
const DEFAULT_RUNS = 1;
const TIME_LIMIT_MS = 4 * 60 * 60_000;
/** What the bench itself is asked in the guest, as it was asked here. */
const PASSED_ON = ["rows", "size", "chunk", "runs", "seed", "direction"] as const;

/**
 * Measures in a guest, whose own command line does it.
 *
 * @throws {LabError} if the guest or the bench in it fails
 */
export async function measureInLab(request: Request): Promise<BenchDocument> {
  const { kernel, clock, quiet, rows } = request;
  const bytes = Number(request.size ?? 0n);
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-bench-" });
  using status = statusLine({ quiet, steps: true });
  let said = "";
  try {
    const result = await interruptible(async (signal) =>
      await runSession(guestCommand(request), {
        ...(kernel && { kernel }),
        ...(clock && { clock }),
        modelBytes: Math.max(bytes, DEFAULT_MODEL_BYTES),
        hugepages: selectRows(rows).some(({ pages }) => pages === "hugetlb") ? HUGEPAGES : 0,
        env: { DMACOPY_COMMIT: await describeCommit() ?? "", [STEPS_VARIABLE]: "1" },
        outputFolder: folder,
        timeoutMs: TIME_LIMIT_MS,
        status,
        signal,
        onStdout: () => {},
        onStderr: (data) => {
          said = lastLine(new TextDecoder().decode(data)) || said;
          status.update("measuring in the guest", said);
        },
      })
    );
    status.clear();
    if (result.status !== 0) {
      throw new LabError(`the bench in the guest failed: ${said.replace(/^dmacopy: /, "")}`);
    }
    for (const line of result.complaints) console.error(`the guest's kernel: ${line}`);
    return parseDocument(await Deno.readTextFile(`${folder}/${RESULT}`), "the guest's result");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function guestCommand(asked: Request): string[] {
  const request = { ...asked, runs: asked.runs ?? DEFAULT_RUNS };
  const options = PASSED_ON.flatMap((name) =>
    request[name] === undefined ? [] : [`--${name}`, String(request[name])]
  );
  const quick = request.quick ? ["--quick"] : [];
  return ["dmacopy", "bench", "--host", "--file", FILE, "--json", RESULT, ...options, ...quick];
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
