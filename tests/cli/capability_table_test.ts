import { assert, assertEquals, assertMatch } from "@std/assert";
import { advise, describeAdvice } from "../../cli/advice.ts";
import { capabilityTable, causesIn } from "../../cli/capability_table.ts";
import { BARE, missing, PATCHED, STOCK } from "../copy/_facts.ts";

Deno.test("capabilityTable() and describeAdvice() say each cause once", () => {
  const cause = "there is no udmabuf: modprobe udmabuf";
  const facts = {
    ...BARE,
    copyFileRange: { ...BARE.copyFileRange, udmabuf: missing("udmabuf", "modprobe udmabuf") },
  };
  const table = capabilityTable(facts);
  assertMatch(table, /^buffer udmabuf +✗ there is no udmabuf: modprobe udmabuf$/m);
  assertMatch(table, /^copy_file_range into udmabuf +✗ see buffer udmabuf$/m);
  const advice = advise(facts, 1n << 30n);
  assert(advice.improvements.includes(cause));
  const all = `${table}\n${describeAdvice(advice, causesIn(facts))}`;
  assertEquals(all.split(cause).length - 1, 1);
});

Deno.test("capabilityTable() explains huge pages that the setting does not give", () => {
  const line = (transparent: string) => {
    const table = capabilityTable({ ...STOCK, hugePages: { ...STOCK.hugePages, transparent } });
    return table.split("\n").filter((line) => /^[\w ]*huge pages/.test(line)).join();
  };
  assertMatch(line("advise"), /^memfds of huge pages +✓ shmem_enabled is "advise"$/);
  assertMatch(line("never"), /✓ collapsed from small ones by madvise\(2\), as .* is "never"$/);
});

Deno.test("capabilityTable() describes only devices that exist", () => {
  assert(!/limits|is cleared/.test(capabilityTable(BARE)));
  assertMatch(capabilityTable(PATCHED), /^the heap's memory is cleared +/m);
  assertMatch(capabilityTable(PATCHED), /^udmabuf's limits +/m);
});

Deno.test("capabilityTable() is in colour only where asked", () => {
  assertEquals(capabilityTable(PATCHED).includes("\x1b"), false);
  const marks = capabilityTable(STOCK, { colour: true });
  assert(marks.includes("\x1b[32m✓\x1b[39m") && marks.includes("\x1b[31m✗\x1b[39m"));
});
