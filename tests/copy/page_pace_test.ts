import { assertEquals, assertMatch } from "@std/assert";
import { PagePace } from "../../copy/buffers/_page_pace.ts";

const MIB = 1n << 20n;
const QUICK = { huge: true, bytes: 8n * MIB, ms: 1 };
const SLOW = { huge: true, bytes: 8n * MIB, ms: 80 };

Deno.test("PagePace stays with huge pages while they are made quickly", () => {
  const pace = new PagePace();
  for (let i = 0; i < 3; i++) pace.add(QUICK);
  assertEquals([pace.huge, pace.reason], [true, null]);
});

Deno.test("PagePace gives huge pages up where small ones are made much faster", () => {
  const pace = new PagePace();
  pace.add(QUICK);
  pace.add(SLOW);
  assertEquals([pace.huge, pace.reason], [false, null]);
  // Of another thread, begun before.
  pace.add(QUICK);
  pace.add({ huge: false, bytes: 8n * MIB, ms: 8 });
  assertEquals(pace.huge, false);
  assertMatch(pace.reason ?? "", /fragmented, huge ones take 10\.0 × as long/);
});

Deno.test("PagePace returns to huge pages for good where all takes long", () => {
  const pace = new PagePace();
  pace.add(SLOW);
  pace.add({ huge: false, bytes: 8n * MIB, ms: 60 });
  assertEquals([pace.huge, pace.reason], [true, null]);
  pace.add(SLOW);
  assertEquals(pace.huge, true);
});

Deno.test("PagePace gives huge pages up where the kernel refuses", () => {
  const pace = new PagePace();
  pace.refuse("ENOMEM");
  assertEquals([pace.huge, pace.reason], [false, "ENOMEM"]);
});
