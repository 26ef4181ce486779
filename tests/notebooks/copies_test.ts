import { assert, assertEquals } from "@std/assert";
import { cpuCopies, type Finding, findings, letterAnalysis } from "../../notebooks/lib/copies.ts";
import { flowChart, flowOf, flowText, isLettersFlow } from "../../notebooks/lib/flow.ts";
import { refusedCases } from "../../notebooks/measure/cases.ts";
import { allPages, copied, counts } from "./_fixtures.ts";

const pinned = { pages: allPages, calls: allPages / 256 };
const small = [{ bytes: 65536, times: 4096 }];
const large = [{ bytes: 33554432, times: 8 }];
const [TO, FROM] = ["_copy_to_iter", "copy_page_from_iter_atomic"];

/** The letter's claims, as counts. */
const asClaimed = [
  counts({ id: "1", copied: copied(TO, FROM), cachePages: allPages }),
  counts({ id: "2", copied: copied(FROM), pinned }),
  counts({ id: "3", copied: copied(TO), cachePages: allPages }),
  counts({ id: "4", pinned }),
  counts({ id: "5", copied: copied(FROM), cachePages: allPages, drains: small }),
  counts({ id: "6", copied: copied(FROM), drains: small, interrupts: 4096 }),
  counts({ id: "7", copied: copied(FROM), cachePages: allPages, drains: large }),
  counts({ id: "8", copied: copied(FROM), drains: large }),
  counts({ id: "9" }),
];
const refusals = refusedCases.map((what) => ({
  ...what,
  error: { errno: "EXDEV", call: "copy_file_range" },
}));

function differing(all: Finding[]): string[] {
  return all.filter(({ agrees }) => !agrees).map(({ method, claim }) => `${method[0]} ${claim}`);
}

Deno.test("cpuCopies() is how often each byte was copied", () => {
  assertEquals(cpuCopies(counts({})), 0);
  assertEquals(cpuCopies(counts({ copied: copied(TO, FROM) })).toFixed(2), "2.00");
});

Deno.test("findings() agree with the letter where the counts do, on all nine methods", () => {
  const all = findings({ counts: asClaimed, refusals, pinning: 0.5 });
  assertEquals(differing(all), []);
  assertEquals(new Set(all.map(({ method }) => method[0])).size, 9);
});

Deno.test("findings() say where the counts differ from the letter", () => {
  const other = asClaimed.map((count) =>
    count.id === "6" ? counts({ ...count, copied: {} }) : count
  );
  const works = refusals.map((refusal) => ({ ...refusal, error: null }));
  assertEquals(differing(findings({ counts: other, refusals: works, pinning: 0.9 })), [
    "4 GUP takes ~50% of the CPU",
    "6 1 CPU copy",
    "9 CPU copies: N/A",
    "9 cross-FS blocked",
  ]);
});

Deno.test("flowOf() follows the data through what was counted", () => {
  assertEquals(asClaimed.map((count) => flowText(flowOf(count))), [
    "disk ─DMA→ page cache ─copy→ user buffer ─copy→ memfd",
    "disk ─DMA→ pinned user buffer ─copy→ memfd",
    "disk ─DMA→ page cache ─copy→ memfd",
    "disk ─DMA→ pinned memfd",
    "disk ─DMA→ page cache ─move→ pipe, 64 KiB ─copy→ memfd",
    "disk ─DMA→ pipe, 64 KiB ─copy→ memfd",
    "disk ─DMA→ page cache ─move→ pipe, 32 MiB ─copy→ memfd",
    "disk ─DMA→ pipe, 32 MiB ─copy→ memfd",
    "disk ─DMA→ memfd",
  ]);
});

Deno.test("isLettersFlow() is true of each method's own flow, and of no other's", () => {
  for (const count of asClaimed) {
    const same = letterAnalysis.filter(({ flow }) => isLettersFlow(flowOf(count), flow));
    assertEquals(same.map(({ id }) => id), [count.id]);
  }
});

Deno.test("flowChart() draws a box for each place and says so in words", () => {
  const { "image/svg+xml": svg = "", "text/plain": words = "" } = flowChart(asClaimed.slice(0, 2));
  assertEquals(svg.match(/rx="4"/g)?.length, 4 + 3);
  assert(words.includes("disk ─DMA→ pinned user buffer ─copy→ memfd"));
});
