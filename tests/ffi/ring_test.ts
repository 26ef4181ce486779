import { assert, assertEquals, assertThrows } from "@std/assert";
import { createMemfd, Mapping, openFile, resize, Ring, SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "./_fixtures.ts";

/** Whether the kernel has rings, and allows them. */
function hasRings(): boolean {
  try {
    new Ring(1).close();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    assert(["ENOSYS", "EPERM"].includes(error.code), error.message);
    return false;
  }
}

const ignore = !hasRings();

Deno.test("Ring reads into each slot's memory, and tells what failed (where io_uring is)", {
  ignore,
}, async () => {
  const before = openDescriptors();
  {
    using ring = new Ring(4);
    using file = randomFile(3 * 65536);
    using opened = openFile(file.path, { direct: true });
    using writeOnly = openFile(file.path, { access: "write" });
    using memfd = createMemfd("ring");
    resize(memfd, 4n * 65536n);
    using mapping = new Mapping(memfd, 4n * 65536n);
    for (let slot = 0; slot < 4; slot++) {
      const offset = BigInt(slot) * 65536n;
      const range = { address: mapping.address + offset, bytes: 65536n, offset };
      ring.read(slot, slot === 0 ? writeOnly : opened, range);
    }
    const results = new Map<number, number>();
    while (results.size < 4) {
      await ring.wait().async();
      for (const { slot, result } of ring.reap()) results.set(slot, result);
    }
    const EBADF = 9;
    assertEquals([0, 1, 2, 3].map((slot) => results.get(slot)), [-EBADF, 65536, 65536, 0]);
    const content = new Uint8Array(3 * 65536);
    mapping.peek(0n, content);
    assertEquals(content.subarray(65536), file.data.subarray(65536));
    assert(content.subarray(0, 65536).every((byte) => byte === 0));
    ring.close();
    ring.close();
  }
  assertNoneLeft(before);
});

Deno.test("Ring refuses more reads than it has slots (where io_uring is)", { ignore }, () => {
  using ring = new Ring(1);
  using mapping = new Mapping(null, 4096n);
  using file = openFile("/proc/self/exe");
  const range = { address: mapping.address, bytes: 4096n, offset: 0n };
  assertThrows(() => ring.read(1, file, range), SystemError, "EINVAL");
});
