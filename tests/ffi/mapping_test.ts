import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  addSeals,
  createMemfd,
  Descriptor,
  fileStatus,
  Mapping,
  openFile,
  pageBytes,
  resize,
  SystemError,
  writeAt,
} from "../../ffi/mod.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "./_fixtures.ts";

const HUGE = 2n << 20n;

function memfdOf(bytes: bigint): Descriptor {
  const memfd = createMemfd("mapped");
  resize(memfd, bytes);
  return memfd;
}

Deno.test("Mapping aligns its address, and leaves nothing else mapped", () => {
  using memfd = memfdOf(3n * HUGE + pageBytes());
  for (let i = 0; i < 3; i++) {
    using mapping = new Mapping(memfd, 3n * HUGE + pageBytes(), { alignBytes: HUGE });
    assertEquals(mapping.address % HUGE, 0n);
    assertEquals(mappingsOf("memfd:mapped"), 1);
  }
  assertEquals(mappingsOf("memfd:mapped"), 0);
});

/** The address space of this process, in which V8 reserves gibibytes at times, too. */
function addressBytes(): number {
  const [, kib] = /^VmSize:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))!;
  return Number(kib) * 1024;
}

Deno.test("Mapping gives the addresses back that it reserved in vain", () => {
  const bytes = 1n << 30n;
  const tries = 32;
  using memfd = createMemfd("read-only");
  resize(memfd, bytes);
  addSeals(memfd, ["write"]);
  const before = addressBytes();
  for (let i = 0; i < tries; i++) {
    assertThrows(() => new Mapping(memfd, bytes, { alignBytes: bytes }), SystemError, "EPERM");
  }
  const grown = addressBytes() - before;
  assert(grown < tries * Number(bytes) / 2, `${grown} bytes of addresses`);
  new Mapping(memfd, HUGE, { access: "read" }).close();
});

Deno.test("Mapping takes the address of its hint if nothing is there, and another one otherwise", () => {
  using memfd = memfdOf(HUGE);
  // Lower than all that this process has mapped.
  const addressHint = 8n << 30n;
  for (const alignBytes of [undefined, HUGE]) {
    using mapping = new Mapping(memfd, HUGE, { addressHint, alignBytes });
    assertEquals(mapping.address, addressHint);
    using other = new Mapping(memfd, HUGE, { addressHint, alignBytes });
    assert(other.address !== addressHint);
  }
});

Deno.test("Mapping.populate() allocates the part alone", async () => {
  using memfd = memfdOf(1n << 20n);
  using mapping = new Mapping(memfd, 1n << 20n);
  await mapping.populate({ offset: 65536n, bytes: 131072n }).async();
  assertEquals(Deno.statSync(`/proc/self/fd/${memfd.number}`).blocks, 131072 / 512);
});

/** Whether the kernel can, and finds a huge page. */
function canCollapse(): boolean {
  using memfd = memfdOf(HUGE);
  using mapping = new Mapping(memfd, HUGE, { alignBytes: HUGE });
  try {
    mapping.collapse({ offset: 0n, bytes: HUGE }, HUGE).sync();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    assertEquals(error.call, "MADV_COLLAPSE");
    return false;
  }
}

Deno.test("Mapping.collapse() makes huge pages of an empty part (where there are some)", {
  ignore: !canCollapse(),
}, async () => {
  using memfd = memfdOf(2n * HUGE);
  using mapping = new Mapping(memfd, 2n * HUGE, { alignBytes: HUGE });
  await mapping.collapse({ offset: HUGE, bytes: HUGE }, HUGE).async();
  assertEquals(Deno.statSync(`/proc/self/fd/${memfd.number}`).blocks, Number(HUGE) / 512);
  const smaps = Deno.readTextFileSync("/proc/self/smaps").split(/^(?=[0-9a-f]+-)/m);
  const own = smaps.find((text) => text.includes("memfd:mapped")) ?? "";
  assertEquals(own.match(/ShmemPmdMapped: +(\d+) kB/)?.[1], String(HUGE / 1024n));
});

Deno.test("Mapping.peek() copies what is there, and nothing from beyond the end", () => {
  using file = randomFile(8192);
  using opened = openFile(file.path, { access: "read-write" });
  using mapping = new Mapping(opened, 8192n);
  const out = new Uint8Array(5000);
  mapping.peek(3000n, out);
  assertEquals(out, file.data.slice(3000, 8000));
  assertThrows(() => mapping.peek(3193n, out), RangeError, "not in 8192");
  assertThrows(() => mapping.peek(-1n, out), RangeError);
});

Deno.test("Descriptor.duplicate() is one's own descriptor of the same file", () => {
  using memfd = memfdOf(4096n);
  const before = openDescriptors();
  using mapping = new Mapping(memfd, 4096n);
  {
    using own = Descriptor.duplicate(memfd.number);
    assertEquals(fileStatus(own).inode, fileStatus(memfd).inode);
    writeAt(own, { address: mapping.address, bytes: 1n, offset: 0n }).sync();
  }
  assertNoneLeft(before);
  assertThrows(() => Descriptor.duplicate(9999), SystemError, "fd:9999: EBADF");
});
