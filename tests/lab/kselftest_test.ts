import { assert, assertEquals } from "@std/assert";

const PREFIX = "kselftest-";
/** kselftest.h: every test of the program was skipped. */
const SKIPPED = 4;
/** The udmabuf test maps two gigabytes of 2 MiB pages. */
const HUGE_PAGES = 1024;
const NR_HUGE_PAGES = "/proc/sys/vm/nr_hugepages";

/** Sets huge pages aside until it is disposed of. */
function hugePages(): Disposable {
  const before = Deno.readTextFileSync(NR_HUGE_PAGES);
  Deno.writeTextFileSync(NR_HUGE_PAGES, String(HUGE_PAGES));
  return { [Symbol.dispose]: () => Deno.writeTextFileSync(NR_HUGE_PAGES, before) };
}

for (const { name } of Deno.readDirSync("/job")) {
  if (!name.startsWith(PREFIX)) continue;
  Deno.test(`the kernel's selftest ${name.slice(PREFIX.length)} passes`, async () => {
    using _ = hugePages();
    const { code, stdout } = await new Deno.Command(`/job/${name}`, { env: { TMPDIR: "/data" } })
      .output();
    const report = new TextDecoder().decode(stdout);
    const [, passed, failed] = /^# Totals: pass:(\d+) fail:(\d+) /m.exec(report) ?? [];
    assert(code === 0 || code === SKIPPED, report);
    assert(Number(passed) > 0, report);
    assertEquals(failed, "0", report);
  });
}
