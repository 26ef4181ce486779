import { assert, assertEquals } from "@std/assert";
import { authorsProgram, programTable } from "../../notebooks/lib/authors_program.ts";
import { readBench } from "../../notebooks/lib/data.ts";
import { documentOf, measuredRows, row } from "../bench/_fixtures.ts";

Deno.test("programTable() has the author's times beside the bench's, and how much they differ", () => {
  const [first] = authorsProgram;
  const document = documentOf(new Map([[row(first!.id), [first!.ioMs * 1.05]], [row(7), [1]]]));
  const [line, ...more] = programTable(document)["text/plain"]!.split("\n").slice(2);
  assertEquals(more, []);
  assertEquals(
    line?.includes(`| ${first!.ioMs} | ${Math.round(first!.ioMs * 1.05)} | +5.0 |`),
    true,
  );
});

Deno.test("the bench and the author's program differ by less than 5 %, or a few milliseconds", async () => {
  const { result } = await readBench("throughput");
  assertEquals(authorsProgram.length, 14);
  for (const { id, ...times } of authorsProgram) {
    const row = measuredRows(result).find((row) => row.id === id)!;
    for (const part of ["createMs", "ioMs", "closeMs"] as const) {
      const apart = Math.abs(row[part] - times[part]);
      assert(apart < Math.max(times[part] * 0.05, 3), `row ${id}, ${part}: ${row[part]} ms`);
    }
  }
});
