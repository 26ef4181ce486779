import { assertEquals } from "@std/assert";
import { complaintLines, unexported, without } from "../../../kernel/lab/check_series.ts";

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

Deno.test("unexported() names what modules use and the kernel keeps to itself", () => {
  const kernel = `
fs/read_write.o:
0000000000000140 r __export_symbol_memory_file_rw
0000000000000730 T memory_file_rw
0000000000000900 T rw_verify_area
                 U kmalloc
`;
  const modules = `
heaps/system_heap.o:
                 U memory_file_rw
                 U rw_verify_area
                 U sg_next
0000000000000000 t system_heap_attach
`;
  assertEquals(unexported(kernel, modules), [
    "error: rw_verify_area is used by a module and not exported",
  ]);
});
