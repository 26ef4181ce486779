import { assertAlmostEquals, assertStringIncludes } from "@std/assert";
import { isMeasured, letterDocument } from "../../bench/mod.ts";
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
  // Times of less than 1 GiB are as for 1 GiB.
  const quarter = {
    ...letterDocument,
    sizeBytes: letterDocument.sizeBytes / 4,
    rows: letterDocument.rows.filter(isMeasured).map((row) => ({
      ...row,
      createMs: row.createMs / 4,
      ioMs: row.ioMs / 4,
      closeMs: row.closeMs / 4,
    })),
  };
  const view = agreementTable({
    ...{ arm64: letterDocument, x86: letterDocument, f2fs: quarter },
  });
  assertStringIncludes(view["text/plain"]!, "| arm64, ext4 | 1.00 | 1.00 | 1.00 |");
  assertStringIncludes(view["text/plain"]!, "| arm64, F2FS | 1.00 | 1.00 | 1.00 |");
});
