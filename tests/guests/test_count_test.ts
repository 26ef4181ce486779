import { assertEquals } from "@std/assert";
import { TestCount } from "../../guests/test_count.ts";

function countOf(...texts: string[]): number {
  const count = new TestCount();
  for (const text of texts) count.take(new TextEncoder().encode(text));
  return count.tests;
}

Deno.test("TestCount counts the tests of all runs, without those that a filter left out", () => {
  assertEquals(countOf("ok | 0 passed | 0 failed | 12 filtered out (2s)\n"), 0);
  assertEquals(countOf("\x1b[32mok\x1b[0m | 5 passed (2 steps) | 0 failed (1s)\n"), 5);
  assertEquals(countOf("ok | 0 passed | 0 failed | 3 ignored | 9 filtered out (2s)\n"), 3);
  assertEquals(countOf("ok | 2 pas", "sed | 0 failed (1s)\r\n\nFAILED | 1 passed | 4 failed\n"), 7);
});
