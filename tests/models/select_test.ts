import { assertEquals, assertThrows } from "@std/assert";
import { type Model, runsOf, selectTensors } from "../../models/mod.ts";

const tensor = (name: string, bytes: bigint) => ({
  ...{ name, bytes, dtype: "I8", shape: [Number(bytes)], offset: 0n },
});

const MODEL: Model = {
  path: "m.gguf",
  format: "gguf",
  bytes: 0n,
  dataOffset: 0n,
  tensors: [
    tensor("blk.0.a", 5000n),
    tensor("blk.10.a", 1n),
    tensor("out[0]", 3n),
    tensor("x", 0n),
  ],
};

const names = (patterns: string[]) => selectTensors([MODEL], { patterns }).map(({ name }) => name);

Deno.test("selectTensors() matches whole names", () => {
  assertEquals(names(["*"]), ["blk.0.a", "blk.10.a", "out[0]", "x"]);
  assertEquals(names(["blk.?.*"]), ["blk.0.a"]);
  assertEquals(names(["out[0]", "x", "*.10.*"]), ["blk.10.a", "out[0]", "x"]);
  assertThrows(() => names(["blk"]), RangeError, 'no tensor matches "blk"');
  assertThrows(() => names(["x", "blkx0*"]), RangeError, '"blkx0*": m.gguf has "blk.0.a"');
});

Deno.test("selectTensors() takes no longer for many stars", () => {
  const model = { ...MODEL, tensors: [tensor("a".repeat(5000), 1n)] };
  const pattern = "*a".repeat(500);
  assertEquals(selectTensors([model], { patterns: [pattern] }).length, 1);
  // As a regular expression this takes longer than the universe has.
  assertThrows(
    () => selectTensors([model], { patterns: [`${pattern}b`] }),
    RangeError,
    "no tensor",
  );
});

Deno.test("selectTensors() aligns", () => {
  const offsets = (alignBytes?: bigint) =>
    selectTensors([MODEL], { patterns: ["*"], ...(alignBytes !== undefined && { alignBytes }) })
      .map(({ bufferOffset }) => bufferOffset);
  assertEquals(offsets(4096n), [0n, 8192n, 12288n, 16384n]);
  assertEquals(offsets(64n), [0n, 5056n, 5120n, 5184n]);
  assertEquals(offsets(1n), [0n, 5000n, 5001n, 5004n]);
  assertThrows(() => offsets(0n), RangeError, "must be positive");
});

Deno.test("selectTensors() leaves adjacent tensors as they lie in the file, to be read at once", () => {
  const at = (name: string, offset: bigint, bytes: bigint) => ({ ...tensor(name, bytes), offset });
  // Aligned to 32; "c" is left out, so "d" is not a neighbour of "b".
  const tensors = [
    at("a", 9000n, 100n),
    at("b", 9120n, 5000n),
    at("c", 14144n, 10n),
    at("d", 14176n, 7n),
  ];
  const placed = selectTensors([{ ...MODEL, tensors }], { patterns: ["a", "b", "d"] });
  assertEquals(placed.map(({ bufferOffset }) => bufferOffset), [808n, 928n, 8192n + 1888n]);
  assertEquals(runsOf(placed), [
    { path: "m.gguf", fileOffset: 9000n, bufferOffset: 808n, bytes: 5120n },
    { path: "m.gguf", fileOffset: 14176n, bufferOffset: 10080n, bytes: 7n },
  ]);
  // Of a system with pages of 64 KiB, they begin in pages as in the file.
  const options = { patterns: ["a", "b", "d"], placeBytes: 65536n };
  const apart = selectTensors([{ ...MODEL, tensors }], options);
  assertEquals(apart.map(({ bufferOffset }) => bufferOffset), [9000n, 9120n, 65536n + 14176n]);
});
