import { assertEquals, assertThrows } from "@std/assert";
import { layOutModels, type Model } from "../../models/mod.ts";

const model = (
  path: string,
  { dataOffset, bytes }: { dataOffset: bigint; bytes: bigint },
): Model => ({
  ...{ path, format: "gguf", bytes, dataOffset },
  tensors: [
    { name: `${path}.0`, dtype: "I8", shape: [1], offset: dataOffset, bytes: 1n },
    { name: `${path}.1`, dtype: "type 99", shape: [1], offset: dataOffset + 32n, bytes: null },
  ],
});

const [A, B] = [
  model("a", { dataOffset: 100n, bytes: 1000n }),
  model("b", { dataOffset: 4096n, bytes: 5000n }),
];

/** Where files begin in the buffer. */
function offsets(models: Model[], alignBytes: bigint): bigint[] {
  const { files } = layOutModels(models, { alignBytes });
  assertEquals(files.map(({ path, bytes }) => [path, bytes]), models.map((m) => [m.path, m.bytes]));
  return files.map(({ bufferOffset }) => bufferOffset);
}

Deno.test("layOutModels() aligns where data begins, and nothing that is aligned already", () => {
  assertEquals(offsets([A], 100n), [0n]);
  assertEquals(offsets([A], 64n), [28n]);
  assertEquals(offsets([A], 65536n), [65436n]);
  assertEquals(offsets([B], 4096n), [0n]);
  assertEquals(offsets([A, B], 4096n), [3996n, 8192n]);
  assertEquals(offsets([A, B], 1n), [0n, 1000n]);
  assertEquals(offsets([], 64n), []);
});

Deno.test("layOutModels() says where tensors of known types are", () => {
  const { tensors } = layOutModels([A, B], { alignBytes: 4096n });
  assertEquals(
    tensors.map(({ name, path, offset, bufferOffset }) => [name, path, offset, bufferOffset]),
    [["a.0", "a", 100n, 4096n], ["b.0", "b", 4096n, 12288n]],
  );
});

Deno.test("layOutModels() refuses what nobody could use", () => {
  assertThrows(() => layOutModels([A], { alignBytes: 0n }), RangeError, "must be positive, not 0");
  const again = { ...A, path: "c" };
  assertThrows(
    () => layOutModels([A, again], { alignBytes: 64n }),
    RangeError,
    'tensor "a.0" is in a and in c',
  );
});
