import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TwoWayFile } from "../../copy/_two_way_file.ts";
import {
  type Descriptor,
  dropFromCache,
  Mapping,
  openFile,
  readAt,
  sync,
  SystemError,
} from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";

const ERRNO = { EIO: 5, ENOMEM: 12, EINVAL: 22, EOPNOTSUPP: 95, EREMOTEIO: 121 };
const BYTES = 1 << 20;

/** A file that is open both ways: its "direct" descriptor is opened by `open`. */
function twoWays(path: string, open: () => Descriptor, insist = false): TwoWayFile {
  const file = new TwoWayFile(openFile(path), path);
  try {
    file.openDirect(open, { insist });
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

function failure(code: keyof typeof ERRNO): SystemError {
  return new SystemError(ERRNO[code], { call: "pread", subject: "file" });
}

/** Moves the whole file into anonymous memory; what is not buffered fails where there is an error. */
async function moveAll(file: TwoWayFile, error?: SystemError): Promise<bigint> {
  using memory = new Mapping(null, BigInt(BYTES));
  const [piece] = file.pieces(
    { fileOffset: 0n, bufferOffset: 0n, bytes: BigInt(BYTES) },
    BigInt(BYTES),
  );
  return await file.move(piece!, {
    direct: true,
    io: async (descriptor) => {
      if (error && descriptor !== file.buffered) throw error;
      const { address, bytes } = memory;
      return await readAt(descriptor, { address, bytes, offset: 0n }).async();
    },
  });
}

for (const code of ["EINVAL", "EOPNOTSUPP", "EREMOTEIO"] as const) {
  Deno.test(`TwoWayFile goes on buffered where direct I/O ends in ${code}, and says so`, async () => {
    using source = randomFile(BYTES);
    {
      using file = twoWays(source.path, () => {
        throw failure(code);
      });
      assertEquals(file.direct, false);
      assert(file.fallback?.includes(code));
    }
    using file = twoWays(source.path, () => openFile(source.path, { direct: true }));
    assertEquals(await moveAll(file, failure(code)), BigInt(BYTES));
    assertEquals([file.direct, file.directBytes], [false, 0n]);
    assert(file.fallback?.includes(code));
  });
}

for (const code of ["EIO", "ENOMEM"] as const) {
  Deno.test(`TwoWayFile does not hide ${code} behind another read`, async () => {
    using source = randomFile(BYTES);
    using file = twoWays(source.path, () => openFile(source.path, { direct: true }));
    await assertRejects(() => moveAll(file, failure(code)), SystemError, code);
    assertEquals(file.fallback, null);
  });
}

Deno.test("TwoWayFile that insists falls back neither at open nor at a read", async () => {
  using source = randomFile(BYTES);
  const refuse = () => {
    throw failure("EOPNOTSUPP");
  };
  assertThrows(() => twoWays(source.path, refuse, true), SystemError, "EOPNOTSUPP");
  using file = twoWays(source.path, () => openFile(source.path, { direct: true }), true);
  await assertRejects(() => moveAll(file, failure("EOPNOTSUPP")), SystemError, "EOPNOTSUPP");
});

Deno.test("TwoWayFile takes back its claim where the page cache grew all the same", async () => {
  using source = randomFile(BYTES);
  const flush = () => {
    using file = openFile(source.path);
    sync(file).sync();
    dropFromCache(file);
  };
  flush();
  {
    using file = twoWays(source.path, () => openFile(source.path, { direct: true }));
    await moveAll(file);
    file.observe(true);
    assertEquals([file.direct, file.directBytes], [true, BigInt(BYTES)]);
    // Nothing came from the disks: something else had it.
    file.observe(false);
    assertEquals([file.direct, file.directBytes], [false, 0n]);
  }
  flush();
  {
    using file = twoWays(source.path, () => openFile(source.path, { direct: true }));
    await moveAll(file);
    // Another program reads it meanwhile.
    Deno.readFileSync(source.path);
    file.observe(true);
    assertEquals([file.direct, file.directBytes], [true, BigInt(BYTES)]);
  }
  flush();
  // Imitates a filesystem that ignores O_DIRECT.
  const pretend = () => openFile(source.path);
  {
    using file = twoWays(source.path, pretend);
    await moveAll(file);
    file.observe(true);
    assert(file.fallback?.includes("in spite of O_DIRECT"));
  }
  flush();
  using file = twoWays(source.path, pretend, true);
  await moveAll(file);
  assertThrows(() => file.observe(true), Error, "leave --direct out");
});
