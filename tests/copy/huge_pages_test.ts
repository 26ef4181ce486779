import { assertEquals } from "@std/assert";
import { withLastHugePage } from "../../copy/mod.ts";

const MIB = 1n << 20n;

Deno.test("withLastHugePage() completes the last huge page where that costs little memory", () => {
  const mebibytes = (size: bigint, huge: bigint) => withLastHugePage(size * MIB, huge * MIB) / MIB;
  assertEquals([mebibytes(3n, 2n), mebibytes(2n, 2n), mebibytes(1n, 2n)], [4n, 2n, 1n]);
  assertEquals(mebibytes(33n, 32n), 64n);
  assertEquals([mebibytes(600n, 512n), mebibytes(1000n, 512n)], [600n, 1024n]);
  assertEquals(mebibytes(5n, 0n), 5n);
});
