import { assertAlmostEquals, assertStringIncludes } from "@std/assert";
import { letterDocument } from "../../bench/mod.ts";
import { agreementTable, meanFactor } from "../../notebooks/lib/architectures.ts";
import { pairs } from "../../notebooks/lib/throughput.ts";

Deno.test("meanFactor() is the same whether figures are too large or too small", () => {
  const [pair] = pairs(letterDocument);
  const { letter } = pair!;
  const times = (factor: number) => ({
    letter,
    row: { ...pair!.row, ioMs: letter.ioMs * factor },
  });
  const of = (...factors: number[]) => meanFactor(factors.map(times), ({ ioMs }) => ioMs);
  assertAlmostEquals(of(1), 1);
  assertAlmostEquals(of(2, 0.5), 2);
  assertAlmostEquals(of(4, 1), 2);
});

Deno.test("agreementTable() of the letter with itself finds no difference", () => {
  const view = agreementTable({ arm64: letterDocument, x86: letterDocument });
  assertStringIncludes(view["text/plain"]!, "| arm64 | 1.00 | 1.00 | 1.00 |");
});
