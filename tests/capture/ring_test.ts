import { assertEquals, assertMatch } from "@std/assert";
import {
  type RingFacts,
  ringPages,
  ringPlaces,
  ringVia,
  ringWarnings,
} from "../../capture/ring.ts";
import type { BufferKind } from "../../copy/buffer.ts";

const NO = { supported: false, what: "copy_file_range", why: "no" } as const;
const YES = { supported: true } as const;

/** A kernel's facts, with or without the series. */
function facts(kernel: string, { series, huge = true }: { series: boolean; huge?: boolean }) {
  const support = series ? YES : NO;
  return {
    kernel,
    heaps: ["reserved", "system"],
    copyFileRange: { memfd: NO, udmabuf: support, dmabuf: support },
    transparentHugePages: huge ? YES : NO,
  } satisfies RingFacts;
}

Deno.test("ringPages() gives huge pages unless the kernel has none or maps them wrongly", () => {
  const pages = (kernel: string, series: boolean, huge = true) =>
    ringPages({ kind: "udmabuf" }, facts(kernel, { series, huge }));
  assertEquals(pages("6.12.117-stock", false), "4k");
  assertEquals(pages("6.11.2", false), "4k");
  // Others may build a kernel with the series, under any name.
  assertEquals(pages("6.12.117-mine", true), "thp");
  assertEquals(pages("6.10.3", false), "thp");
  assertEquals(pages("7.3.4", false), "thp");
  assertEquals(pages("7.3.4", true, false), "4k");
});

Deno.test("ringPages() gives the pages that were asked for", () => {
  const stock = facts("6.12.117", { series: false });
  assertEquals(ringPages({ kind: "udmabuf", pages: "hugetlb" }, stock), "hugetlb");
  const series = facts("6.12.117", { series: true });
  assertEquals(ringPages({ kind: "udmabuf", pages: "4k" }, series), "4k");
  assertEquals(ringPages({ kind: "dmabuf" }, series), "4k");
});

Deno.test("ringWarnings() warns of huge pages where the kernel maps them wrongly", () => {
  const huge = { kind: "udmabuf", pages: "thp" } as const;
  const [warning, ...others] = ringWarnings(huge, facts("6.12.117", { series: false }));
  assertMatch(warning ?? "", /frames are damaged .* Linux 6\.12\.117 .*udmabuf:4k/);
  assertEquals(others, []);
  assertEquals(ringWarnings(huge, facts("6.12.117", { series: true })), []);
  assertEquals(ringWarnings({ kind: "udmabuf" }, facts("6.12.117", { series: false })), []);
});

Deno.test("ringPlaces() begins with what is cheapest to store from", () => {
  const kinds = (series: boolean) =>
    ringPlaces(facts("6.12.117", { series })).map((place) =>
      place.kind === "dmabuf" ? place.heap : place.kind
    );
  assertEquals(kinds(true), ["system", "udmabuf", "reserved"]);
  assertEquals(kinds(false), ["udmabuf", "system", "reserved"]);
});

Deno.test("ringVia() stores from the dma-buf where the kernel copies from it", () => {
  const via = (kind: BufferKind, series: boolean) => ringVia(kind, facts("6.12.117", { series }));
  assertEquals([via("udmabuf", true), via("udmabuf", false)], ["dmabuf", "memfd"]);
  assertEquals([via("dmabuf", true), via("dmabuf", false)], ["dmabuf", "dmabuf"]);
  // The camera of record_test.ts takes memfds, on kernels with the series, too.
  assertEquals([via("memfd", true), via("memfd", false)], ["memfd", "memfd"]);
});
