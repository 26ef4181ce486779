import { assertEquals, assertThrows } from "@std/assert";
import { DocumentError, letterDocument, parseDocument } from "../../bench/mod.ts";

const { architecture: _, ...environment } = letterDocument.environment;

function version1(cpu: string): string {
  return JSON.stringify({
    ...letterDocument,
    schema: "dmacopy-bench-1",
    environment: { ...environment, cpu },
  });
}

for (const [cpu, architecture] of [["Intel(R) Xeon(R)", "x86_64"], ["aarch64", "aarch64"]]) {
  Deno.test(`parseDocument() makes version 1 of ${cpu} the present one`, () => {
    const migrated = parseDocument(version1(cpu!), "old.json");
    assertEquals(migrated, {
      ...letterDocument,
      environment: { ...letterDocument.environment, cpu: cpu!, architecture: architecture! },
    });
  });
}

Deno.test("parseDocument() refuses a version that it does not know, and says which it does", () => {
  const later = JSON.stringify({ ...letterDocument, schema: "dmacopy-bench-3" });
  assertThrows(
    () => parseDocument(later, "later.json"),
    DocumentError,
    'later.json is not a bench result: its schema is "dmacopy-bench-3", and this version reads ' +
      "dmacopy-bench-1, dmacopy-bench-2",
  );
});

Deno.test("parseDocument() refuses a damaged document of version 1", () => {
  for (const environment of [null, 1, "x", {}]) {
    const text = JSON.stringify({ ...letterDocument, schema: "dmacopy-bench-1", environment });
    assertThrows(() => parseDocument(text, "x.json"), DocumentError, "environment");
  }
});
