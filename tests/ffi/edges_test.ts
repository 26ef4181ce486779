// Offsets and sizes beyond 32 bits, and beyond what a number can carry, reach the kernel as they are.
import { assertEquals, assertThrows } from "@std/assert";
import {
  copyFileRange,
  createMemfd,
  fileStatus,
  Hash,
  Mapping,
  readAt,
  resize,
  sendfile,
  SystemError,
  writeAt,
} from "../../ffi/mod.ts";
import "./_fixtures.ts";

const PAGE = 4096n;
const EDGES = [2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n];

for (const edge of EDGES) {
  Deno.test(`the calls know byte ${edge + 1n} from its neighbours`, () => {
    using page = createMemfd("page");
    // Three bytes, of which each is another.
    Deno.writeFileSync(`/proc/self/fd/${page.number}`, Uint8Array.of(1, 2, 3));
    resize(page, PAGE);
    using memory = new Mapping(page, PAGE);
    using sparse = createMemfd("sparse");
    const end = edge + 3n;
    resize(sparse, end);
    assertEquals(fileStatus(sparse).bytes, end);

    const range = { address: memory.address, bytes: 3n, offset: edge };
    assertEquals(writeAt(sparse, range).sync(), 3n);
    const got = new Uint8Array(1);
    assertEquals(readAt(sparse, { ...range, bytes: PAGE, offset: edge + 1n }).sync(), 2n);
    memory.peek(0n, got);
    assertEquals(got, Uint8Array.of(2));

    const transfer = { from: sparse, to: page, bytes: 1n, fromOffset: edge + 2n };
    assertEquals(copyFileRange({ ...transfer, toOffset: 0n }).sync(), 1n);
    memory.peek(0n, got);
    assertEquals(got, Uint8Array.of(3));
    assertEquals(sendfile({ ...transfer, bytes: 2n ** 40n }).sync(), 1n);

    const digest = (offset: bigint) => {
      const hash = new Hash();
      assertEquals(hash.file(sparse, { offset, bytes: 2n ** 40n }).sync(), end - offset);
      return hash.digest();
    };
    assertEquals(new Set([digest(edge), digest(edge + 1n), digest(edge + 2n)]).size, 3);
  });
}

Deno.test("what is beyond the largest offset is refused, not wrapped", () => {
  using file = createMemfd("file");
  assertThrows(() => resize(file, -1n), SystemError, "EINVAL");
  assertThrows(() => new Mapping(file, 2n ** 63n), SystemError, "ENOMEM");
});
