import { assertEquals, assertThrows } from "@std/assert";
import { pagesFor, providePages } from "../../bench/huge_pages.ts";
import { hugePages } from "../../copy/mod.ts";

const MIB = 1n << 20n;
// Loads the shim, which stays.
const { transparentBytes } = hugePages();

Deno.test("pagesFor() gives each buffer huge pages of its own", () => {
  assertEquals(pagesFor([32n * MIB, 32n * MIB, MIB], 2 ** 21), 33);
  assertEquals(pagesFor([32n * MIB, 32n * MIB, MIB], 2 ** 29), 3);
});

Deno.test({
  name: "providePages() refuses buffers that are smaller than a transparent huge page",
  ignore: transparentBytes === 0,
  fn() {
    const row = { id: "thp", buffer: "memfd", io: "direct", method: "R/W", pages: "thp" } as const;
    assertThrows(
      () => providePages(row, [BigInt(transparentBytes) / 2n]),
      Error,
      "huge pages have",
    );
  },
});
