import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createBuffer,
  hugePages,
  type LoadFileOptions,
  type LoadMethod,
  loadRanges,
  planLoad,
  probe,
  type Wants,
} from "../../copy/mod.ts";
import { createReader } from "../../copy/methods/reader.ts";
import { openFile } from "../../ffi/mod.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const MIB = 1 << 20;
const FACTS = probe();

function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return crypto.subtle.digest("SHA-256", data).then((hash) => new Uint8Array(hash).toHex());
}

for (const method of ["read", "io_uring"] as const) {
  Deno.test(`loadRanges() by ${method} puts each range at its place, and nothing beside`, {
    ignore: !isPossible({ method }),
  }, () => eachAtItsPlace(method));
}

async function eachAtItsPlace(method: LoadMethod): Promise<void> {
  using file = randomFile(3 * MIB + 77);
  using other = randomFile(5000);
  const before = openDescriptors();
  const ranges = [
    // Aligned alike in file and buffer, but for the ends; then not; then another file.
    { path: file.path, fileOffset: 100n, bytes: 1_000_000n, bufferOffset: 4096n + 100n },
    { path: file.path, fileOffset: 2_000_001n, bytes: 500_000n, bufferOffset: 1_100_000n },
    { path: other.path, fileOffset: 0n, bytes: 5000n, bufferOffset: 1_700_000n },
  ];
  for (const direct of [true, false]) {
    const options = { to: "memfd", verify: true, method, chunkBytes: 65536n } as const;
    using loaded = await loadRanges(ranges.toReversed(), { ...options, direct });
    assertEquals([loaded.bytes, loaded.direct, loaded.verified], [1_705_000n, direct, true]);
    assertEquals(loaded.method, direct ? "bounce" : method);
    assertEquals(loaded.notes.length, direct ? 1 : 0);
    assert(!direct || loaded.reason.includes("does not align with the buffer"), loaded.reason);
    using aligned = await loadRanges([ranges[0]!], { ...options, direct });
    assertEquals([aligned.method, aligned.direct, aligned.notes], [method, direct, []]);
    const expected = new Uint8Array(Number(loaded.bytes));
    expected.set(file.data.subarray(100, 1_000_100), 4196);
    expected.set(file.data.subarray(2_000_001, 2_500_001), 1_100_000);
    expected.set(other.data, 1_700_000);
    assertEquals(Deno.readFileSync(`/proc/self/fd/${loaded.buffer.io.number}`), expected);
  }
  assertNoneLeft(before);
}

Deno.test("loadRanges() refuses ranges that are not in the file, or overlap", async () => {
  using file = randomFile(10_000);
  const range = (fileOffset: bigint, bytes: bigint, bufferOffset: bigint) => ({
    path: file.path,
    fileOffset,
    bytes,
    bufferOffset,
  });
  for (const wrong of [range(1n, 10_000n, 0n), range(-1n, 1n, 0n), range(20_000n, 0n, 0n)]) {
    await assertRejects(() => loadRanges([wrong]), RangeError, `not in ${file.path} (10000 bytes)`);
  }
  const overlap = [range(0n, 5000n, 0n), range(5000n, 5000n, 4999n)];
  await assertRejects(() => loadRanges(overlap), RangeError, "overlaps the part that ends at 5000");
});

for (const method of ["read", "io_uring", "sendfile", "splice"] satisfies LoadMethod[]) {
  for (const pages of ["4k", "thp"] as const) {
    Deno.test({
      name: `loadRanges() fills ${pages} pages by ${method}`,
      ignore: !isPossible({ method, pages }),
      async fn() {
        using file = randomFile(9 * MIB + 513);
        const range = { path: file.path, fileOffset: 0n, bufferOffset: 0n };
        const options: LoadFileOptions = { to: "memfd", pages, method, chunkBytes: 1n << 20n };
        using loaded = await loadRanges([{ ...range, bytes: BigInt(file.data.length) }], {
          ...options,
          verify: true,
          sha256: await sha256(file.data as Uint8Array<ArrayBuffer>),
        });
        // A file that is smaller than a huge page, which has 32 MiB on some kernels, gets small ones.
        const isSmall = file.data.length < hugePages().transparentBytes;
        assertEquals([loaded.method, loaded.pages], [method, isSmall ? "4k" : pages]);
        const content = Deno.readFileSync(`/proc/self/fd/${loaded.buffer.io.number}`);
        assertEquals(content.subarray(0, file.data.length), file.data);
      },
    });
  }
}

Deno.test("loadRanges() compares with the SHA-256 that was given", async () => {
  using file = randomFile(MIB + 5);
  const [path, bytes] = [file.path, BigInt(file.data.length)];
  const ranges = [{ path, fileOffset: 0n, bufferOffset: 0n, bytes }];
  const right = await sha256(file.data as Uint8Array<ArrayBuffer>);
  using loaded = await loadRanges(ranges, { to: "memfd", sha256: right.toUpperCase() });
  assertEquals([loaded.verified, loaded.checksum], [true, null]);
  const before = openDescriptors();
  const wrong = right.replace(/^./, (digit) => digit === "0" ? "1" : "0");
  await assertRejects(() => loadRanges(ranges, { to: "memfd", sha256: wrong }), Error, right);
  await assertRejects(() => loadRanges(ranges, { sha256: "abc" }), TypeError, "64 hexadecimal");
  assertNoneLeft(before);
});

Deno.test("loadRanges() refuses a depth of none or too much", async () => {
  for (const depth of [0, 33, 1.5, NaN]) {
    await assertRejects(() => loadRanges([], { depth }), RangeError, "from 1 to 32");
  }
});

Deno.test("loadRanges() says what a load by hand went by", async () => {
  using file = randomFile(MIB);
  const ranges = [{ path: file.path, fileOffset: 0n, bufferOffset: 0n, bytes: 1n << 20n }];
  const options = { to: "memfd", method: "splice", depth: 1, chunkBytes: 65536n } as const;
  using loaded = await loadRanges(ranges, options);
  const { method, depth, chunkBytes } = loaded.plan;
  assertEquals({ method, depth, chunkBytes }, { method: "splice", depth: 1, chunkBytes: 65536n });
  assert(loaded.reason.length > 0);
});

/** Whether this kernel has the method and the pages. */
function isPossible(options: Wants): boolean {
  try {
    planLoad(FACTS, { kind: "memfd", ...options });
    return true;
  } catch {
    return false;
  }
}

Deno.test("createReader() bounces into a buffer through few slots, and frees them", async () => {
  using file = randomFile(3 * MIB + 77);
  const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
  {
    using opened = openFile(file.path);
    using buffer = createBuffer("memfd", 4n << 20n);
    using reader = createReader("bounce", { chunkBytes: 100_000n, depth: 2 });
    const bytes = 1_000_000n;
    // Larger than a slot, and at odd places.
    const [first, second] = await Promise.all([
      reader.read(opened, buffer, { fileOffset: 1n, bufferOffset: 3n, bytes }),
      reader.read(opened, buffer, { fileOffset: 2_500_000n, bufferOffset: 1_500_000n, bytes }),
    ]);
    assertEquals([first, second], [bytes, BigInt(file.data.length - 2_500_000)]);
    const expected = new Uint8Array(4 * MIB);
    expected.set(file.data.subarray(1, 1_000_001), 3);
    expected.set(file.data.subarray(2_500_000), 1_500_000);
    assertEquals(Deno.readFileSync(`/proc/self/fd/${buffer.io.number}`), expected);
  }
  assertNoneLeft(descriptors);
  assertEquals(mappingsOf("dmacopy"), mappings);
});
