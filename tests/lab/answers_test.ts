import { assertEquals } from "@std/assert";
import { type BufferKind, type SharedBuffer } from "../../copy/mod.ts";
import {
  allocateFromHeap,
  createMemfd,
  createPipe,
  createUdmabuf,
  Descriptor,
  openFile,
  resize,
  setImmutable,
} from "../../ffi/mod.ts";
import {
  assertSame,
  bufferOf,
  content,
  copy,
  diskFile,
  memfdOf,
  O_APPEND,
  O_PATH,
  O_WRONLY,
  openWith,
  PAGE,
  PATCHED,
  patched,
  randomBytes,
  refusal,
  run,
  scribble,
  sealedMemfd,
} from "./_guest.ts";

const ignore = !PATCHED;
const PAGES = 16;
const KINDS: BufferKind[] = ["dmabuf", "udmabuf", "memfd"];

/** A buffer that must not change. */
function untouched(kind: BufferKind, test: (buffer: SharedBuffer) => void): void {
  using buffer = bufferOf(kind, PAGES * PAGE);
  const before = scribble(buffer);
  test(buffer);
  assertSame(content(buffer), before);
}

/** The answers to a copy from the other file, and to one back. */
function answers(other: Descriptor, buffer: SharedBuffer): string[] {
  return [
    refusal(() => copy([other, 0], [buffer.io, 0], PAGE)),
    refusal(() => copy([buffer.io, 0], [other, 0], PAGE)),
  ];
}

/** Other files that a buffer does not copy from or to, and its answer. */
const OTHERS: Record<string, [open: () => Descriptor & Disposable, errno: string]> = {
  "directory": [() => openFile("/data"), "EISDIR"],
  "block device": [() => openFile("/dev/vda"), "EINVAL"],
  "character device": [() => openFile("/dev/zero", { access: "read-write" }), "EINVAL"],
  "file of procfs": [
    () => openFile("/proc/sys/kernel/domainname", { access: "read-write" }),
    "EXDEV",
  ],
  "file of sysfs": [
    () => openFile("/sys/kernel/mm/transparent_hugepage/enabled", { access: "read-write" }),
    "EXDEV",
  ],
  "memfd of hugetlb pages": [() => {
    const memfd = createMemfd("huge", { hugetlb: true });
    resize(memfd, 2n << 20n);
    return memfd;
  }, "EXDEV"],
};

for (const kind of KINDS) {
  for (const [what, [open, errno]] of Object.entries(OTHERS)) {
    Deno.test({
      name: `copy_file_range() between a ${kind} and a ${what} is refused with ${errno}`,
      ignore,
      fn: () =>
        untouched(kind, (buffer) => {
          using other = open();
          assertEquals(answers(other, buffer), [errno, errno]);
        }),
    });
  }

  Deno.test({
    name: `copy_file_range() between a ${kind} and a pipe is refused with EINVAL`,
    ignore,
    fn: () =>
      untouched(kind, (buffer) => {
        using pipe = createPipe(PAGE);
        assertEquals(refusal(() => copy([pipe.readEnd, -1], [buffer.io, 0], PAGE)), "EINVAL");
        assertEquals(refusal(() => copy([buffer.io, 0], [pipe.writeEnd, -1], PAGE)), "EINVAL");
      }),
  });

  Deno.test({
    name: `copy_file_range() between a ${kind} and a socket is refused with EINVAL`,
    ignore,
    fn: () =>
      untouched(kind, (buffer) => {
        using listener = Deno.listen({ transport: "unix", path: Deno.makeTempDirSync() + "/s" });
        const number = Deno.readDirSync("/proc/self/fd").map(({ name }) => Number(name))
          .find((number) => isSocket(number));
        if (number === undefined) throw new Error(`no socket for ${listener.addr}`);
        const socket = Descriptor.adopt(number, "socket");
        assertEquals(refusal(() => copy([socket, -1], [buffer.io, 0], PAGE)), "EINVAL");
        assertEquals(refusal(() => copy([buffer.io, 0], [socket, -1], PAGE)), "EINVAL");
      }),
  });

  Deno.test({
    name: `copy_file_range() into a file open to append, and with one open as a path, is EBADF`,
    ignore,
    fn: () =>
      untouched(kind, (buffer) => {
        using disk = diskFile(PAGE);
        using append = openWith(disk.path, O_WRONLY | O_APPEND);
        using path = openWith(disk.path, O_PATH);
        assertEquals(refusal(() => copy([buffer.io, 0], [append, 0], PAGE)), "EBADF");
        assertEquals(answers(path, buffer), ["EBADF", "EBADF"]);
        assertSame(Deno.readFileSync(disk.path), disk.data);
      }),
  });

  Deno.test({
    name: `copy_file_range() between a ${kind} and a swap file is refused with ETXTBSY`,
    ignore,
    fn: () =>
      untouched(kind, (buffer) => {
        using swap = diskFile(256 * PAGE);
        run("mkswap", swap.path);
        run("swapon", swap.path);
        try {
          assertEquals(answers(swap.file, buffer), ["ETXTBSY", "ETXTBSY"]);
        } finally {
          run("swapoff", swap.path);
        }
        assertEquals(copy([buffer.io, 0], [swap.file, 0], PAGE), PAGE);
      }),
  });

  Deno.test({
    name: `copy_file_range() from a ${kind} into an immutable file is refused with EPERM`,
    ignore,
    fn: () =>
      untouched(kind, (buffer) => {
        using disk = diskFile(PAGE);
        setImmutable(disk.file, true);
        try {
          assertEquals(refusal(() => copy([buffer.io, 0], [disk.file, 0], PAGE)), "EPERM");
          assertSame(Deno.readFileSync(disk.path), disk.data);
        } finally {
          setImmutable(disk.file, false);
        }
        assertEquals(copy([buffer.io, 0], [disk.file, 0], PAGE), PAGE);
      }),
  });
}

Deno.test({
  name: "copy_file_range() wants a dma-buf that is open for it",
  ignore,
  fn() {
    using disk = diskFile(PAGE);
    const [readOnly, writeOnly] = (["read", "write"] as const)
      .map((access) => allocateFromHeap("system", BigInt(PAGE), { access }));
    using _ = readOnly!, __ = writeOnly!;
    assertEquals(refusal(() => copy([disk.file, 0], [readOnly!, 0], PAGE)), "EBADF");
    assertEquals(refusal(() => copy([writeOnly!, 0], [disk.file, 0], PAGE)), "EBADF");
    assertSame(Deno.readFileSync(disk.path), disk.data);
    assertEquals(copy([disk.file, 0], [writeOnly!, 0], PAGE), PAGE);
    assertEquals(copy([readOnly!, 0], [disk.file, 0], PAGE), PAGE);
    assertSame(Deno.readFileSync(disk.path), new Uint8Array(PAGE));
  },
});

for (const from of ["dmabuf", "udmabuf"] as const) {
  for (const to of ["dmabuf", "udmabuf"] as const) {
    Deno.test({
      name: `copy_file_range() from a ${from} to another ${to} is refused with EOPNOTSUPP`,
      ignore,
      fn: () =>
        untouched(from, (source) =>
          untouched(to, (target) => {
            const call = () => copy([source.io, 0], [target.io, 0], PAGE);
            assertEquals(refusal(call), "EOPNOTSUPP");
          })),
    });
  }

  Deno.test({
    name: `copy_file_range() within a ${from} is refused: EOPNOTSUPP, EINVAL where it overlaps`,
    ignore,
    fn: () =>
      untouched(from, ({ io }) => {
        assertEquals(refusal(() => copy([io, 0], [io, 8 * PAGE], PAGE)), "EOPNOTSUPP");
        assertEquals(refusal(() => copy([io, 0], [io, 100], PAGE)), "EINVAL");
      }),
  });

  for (const [where, open] of Object.entries(memoryFiles())) {
    Deno.test({
      name: `copy_file_range() between a ${from} and a ${where} takes any range`,
      ignore,
      fn() {
        const data = randomBytes(5 * PAGE + 99);
        using file = open(data);
        using buffer = bufferOf(from, PAGES * PAGE);
        const before = scribble(buffer);
        const load = { fromOffset: 1234, toOffset: 4321, bytes: data.length - 1234 };
        assertEquals(copy([file, 1234], [buffer.io, 4321], PAGES * PAGE), load.bytes);
        const after = patched(before, data, load);
        assertSame(content(buffer), after);
        // It grows as a file does that is written to.
        const store = { fromOffset: 77, toOffset: 3 * PAGE + 5, bytes: 9 * PAGE };
        assertEquals(copy([buffer.io, 77], [file, 3 * PAGE + 5], 9 * PAGE), 9 * PAGE);
        const stored = Deno.readFileSync(`/proc/self/fd/${file.number}`);
        assertSame(stored, patched(data, after, store));
        assertSame(content(buffer), after);
      },
    });
  }
}

/** Files in memory, of small pages: a memfd needs the lab's own patch. */
function memoryFiles(): Record<string, (data: Uint8Array) => Descriptor> {
  return {
    "memfd": memfdOf,
    "file of tmpfs": (data) => {
      const path = Deno.makeTempFileSync({ dir: "/tmp" });
      Deno.writeFileSync(path, data);
      const file = openFile(path, { access: "read-write" });
      Deno.removeSync(path);
      return file;
    },
  };
}

Deno.test({
  name: "copy_file_range() between a udmabuf and the same memory of its memfd is EINVAL",
  ignore,
  fn: () =>
    untouched("udmabuf", ({ io, memfd }) => {
      const half = PAGES * PAGE / 2;
      for (const [from, to] of [[memfd!, io], [io, memfd!]] as const) {
        assertEquals(refusal(() => copy([from, 0], [to, 0], PAGES * PAGE)), "EINVAL");
        assertEquals(refusal(() => copy([from, 0], [to, half - 1], half)), "EINVAL");
        assertEquals(refusal(() => copy([from, half - 1], [to, 0], half)), "EINVAL");
      }
    }),
});

Deno.test({
  name: "copy_file_range() between a udmabuf and other memory of its memfd is as within a file",
  ignore,
  fn() {
    using behind = sealedMemfd(PAGES * PAGE);
    using udmabuf = createUdmabuf(behind.memfd, BigInt(PAGES * PAGE));
    const half = PAGES * PAGE / 2;
    for (const [from, to] of [[behind.memfd, udmabuf], [udmabuf, behind.memfd]] as const) {
      const before = behind.content();
      assertEquals(copy([from, 5], [to, half + 5], half - 5), half - 5);
      const range = { fromOffset: 5, toOffset: half + 5, bytes: half - 5 };
      assertSame(behind.content(), patched(before, before, range));
    }
  },
});

for (const kind of ["dmabuf", "udmabuf"] as const) {
  Deno.test({
    name: `copy_file_range() with a ${kind} is refused with EINVAL without the series`,
    ignore: PATCHED,
    fn: () =>
      untouched(kind, (buffer) => {
        using disk = diskFile(PAGE);
        assertEquals(answers(disk.file, buffer), ["EINVAL", "EINVAL"]);
      }),
  });
}

function isSocket(number: number): boolean {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${number}`).startsWith("socket:");
  } catch {
    return false;
  }
}
