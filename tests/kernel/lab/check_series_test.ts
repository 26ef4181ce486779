import { assertEquals } from "@std/assert";
import { complaintLines, without } from "../../../kernel/lab/check_series.ts";

Deno.test("complaintLines() keeps warnings and errors, without line numbers", () => {
  const text = `  CC      fs/read_write.o
fs/read_write.c:12:5: warning: unused variable 'x' [-Wunused-variable]
fs/read_write.c: In function 'f':
drivers/dma-buf/dma-buf.c:7:1: error: expected ';'
`;
  assertEquals(complaintLines(text), [
    "fs/read_write.c: warning: unused variable 'x' [-Wunused-variable]",
    "drivers/dma-buf/dma-buf.c: error: expected ';'",
  ]);
});

Deno.test("without() leaves the lines that are more than before", () => {
  assertEquals(without(["a", "b", "a", "c"], ["a", "c"]), ["b", "a"]);
});
