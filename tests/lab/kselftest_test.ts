import { exists } from "../../base/exists.ts";
import { assert, assertEquals } from "@std/assert";
import { lineReader } from "../../guests/steps.ts";
import { DEBUG, IS_BOUNCED } from "./_guest.ts";
import { HAS_DEVICE } from "./_vgem.ts";

const PREFIX = "kselftest-";
/** kselftest.h: every test of the program was skipped. */
const SKIPPED = 4;
/** The udmabuf test maps two gigabytes of 2 MiB pages. */
const HUGE_PAGES = 1024;
const NR_HUGE_PAGES = "/proc/sys/vm/nr_hugepages";

/** How long programs go on without a line of theirs being printed. */
const PRINTED_EACH_MS = 60_000;

/** Operations that heap_clearing does at random in each of its variants; README.md has how to do more. */
const OPERATIONS = Deno.env.get("HEAP_CLEARING_OPERATIONS") ?? String(DEBUG ? 10_000 : 2000);

/** The tests to run, from the folder with all of them. */
const COMMANDS = [
  ...["copy_file_range", "heap_clearing", "udmabuf", "dmabuf-heap", "memfd_test", "gup_longterm"],
  ...["default_file_splice_read.sh", "short_splice_read.sh"],
].filter((name) => exists(`/job/${PREFIX}${name}`));

/**
 * The largest piece of a heap's memory is too large for a bounce buffer, so that no device takes a
 * buffer of either heap.
 */
const NOT_IMPORTED = HAS_DEVICE && IS_BOUNCED
  ? [...Deno.readDirSync("/dev/dma_heap")].map(() => "not ok Import buffer -1")
  : [];

/** Tests that also fail in the lab's kernel without the series, which has no modules. */
const KNOWN_FAILURES: Record<string, string[]> = {
  "dmabuf-heap": NOT_IMPORTED,
  "short_splice_read.sh": [
    "FAIL: something else went wrong",
    "FAIL: test_module kernel module load should work",
    "FAIL: something else went wrong",
    "FAIL: something else went wrong",
  ],
};

/** Sets huge pages aside until it is disposed of. */
function hugePages(): Disposable {
  const before = Deno.readTextFileSync(NR_HUGE_PAGES);
  Deno.writeTextFileSync(NR_HUGE_PAGES, String(HUGE_PAGES));
  return { [Symbol.dispose]: () => Deno.writeTextFileSync(NR_HUGE_PAGES, before) };
}

/** A folder on the disk in which the programs have the names that their scripts know. */
function workFolder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  for (const { name } of Deno.readDirSync("/job")) {
    if (name.startsWith(PREFIX)) {
      Deno.symlinkSync(`/job/${name}`, `${path}/${name.slice(PREFIX.length)}`);
    }
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/**
 * The whole report of a program. It prints a line now and then, as the lab ends a guest that is
 * silent.
 */
async function readReport(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let printedMs = performance.now();
  const printSome = lineReader((line) => {
    if (performance.now() - printedMs < PRINTED_EACH_MS) return;
    console.log(line);
    printedMs = performance.now();
  });
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of output) {
    pieces.push(piece);
    printSome(piece);
  }
  return await new Blob(pieces).text();
}

for (const name of COMMANDS) {
  const known = KNOWN_FAILURES[name] ?? [];
  const but = known.length > 0 ? `, but for ${known.length} known failures` : "";

  Deno.test(`the kernel's selftest ${name} passes${but}`, async () => {
    using _ = hugePages();
    using folder = workFolder();
    const script = name.endsWith(".sh") ? "sh" : "exec";
    const program = new Deno.Command("sh", {
      args: ["-c", `${script} ./${name} 2>&1`],
      cwd: folder.path,
      env: { TMPDIR: "/data", HEAP_CLEARING_OPERATIONS: OPERATIONS },
      stdout: "piped",
    }).spawn();
    const report = await readReport(program.stdout);
    const { code } = await program.status;
    const failures = report.match(/^(?:not ok|FAIL).*/gm) ?? [];
    assertEquals(failures.map((line) => line.replace(/^not ok \d+/, "not ok")), known, report);
    const [totals] = /^# Totals: pass:[1-9].*/m.exec(report) ?? [];
    if (totals) console.log(totals);
    assert(code === 0 || (totals && code === SKIPPED) || known.length > 0, report);
  });
}
