import { assert, assertEquals } from "@std/assert";
import { createPipe, Descriptor, openFile, setImmutable } from "../../ffi/mod.ts";
import {
  assertSame,
  copy,
  memfdOf,
  O_APPEND,
  O_WRONLY,
  openWith,
  PAGE,
  patched,
  randomBytes,
  refusal,
  run,
} from "./_guest.ts";

// Copies in which no buffer takes part: the same answers from kernels with and without the series.

interface OrdinaryFile extends Disposable {
  path: string;
  data: Uint8Array;
  file: Descriptor;
}

/** A file of random bytes on a filesystem, open to read and write. */
function ordinaryFile(dir: string): OrdinaryFile {
  const path = Deno.makeTempFileSync({ dir });
  const data = randomBytes(5 * PAGE + 17);
  Deno.writeFileSync(path, data);
  const file = openFile(path, { access: "read-write" });
  return {
    ...{ path, data, file },
    [Symbol.dispose]() {
      file.close();
      Deno.removeSync(path);
    },
  };
}

/** The largest file of ext4 with blocks of 4 KiB. */
const LARGEST_FILE = (2 ** 32 - 1) * PAGE;

/** Copies that are refused, and with what. */
const REFUSED: Record<
  string,
  [errno: string, call: (from: OrdinaryFile, to: OrdinaryFile) => void]
> = {
  "to a file open to read only": ["EBADF", (from, to) => {
    using other = openFile(to.path);
    copy([from.file, 0], [other, 0], PAGE);
  }],
  "from a file open to write only": ["EBADF", (from, to) => {
    using other = openWith(from.path, O_WRONLY);
    copy([other, 0], [to.file, 0], PAGE);
  }],
  "to a file open to append": ["EBADF", (from, to) => {
    using other = openWith(to.path, O_WRONLY | O_APPEND);
    copy([from.file, 0], [other, 0], PAGE);
  }],
  "from a directory": ["EISDIR", (_, to) => {
    using other = openFile("/data");
    copy([other, 0], [to.file, 0], PAGE);
  }],
  "from a block device": ["EINVAL", (_, to) => {
    using other = openFile("/dev/vda");
    copy([other, 0], [to.file, 0], PAGE);
  }],
  "to a character device": ["EINVAL", (from) => {
    using other = openWith("/dev/null", O_WRONLY);
    copy([from.file, 0], [other, 0], PAGE);
  }],
  "to a pipe": ["EINVAL", (from) => {
    using pipe = createPipe(PAGE);
    copy([from.file, 0], [pipe.writeEnd, -1], PAGE);
  }],
  "to an immutable file": ["EPERM", (from, to) => {
    setImmutable(to.file, true);
    try {
      copy([from.file, 0], [to.file, 0], PAGE);
    } finally {
      setImmutable(to.file, false);
    }
  }],
  "to a swap file": ["ETXTBSY", (from, to) => {
    Deno.writeFileSync(to.path, new Uint8Array(256 * PAGE));
    run("mkswap", to.path);
    run("swapon", to.path);
    try {
      copy([from.file, 0], [to.file, 0], PAGE);
    } finally {
      run("swapoff", to.path);
      Deno.writeFileSync(to.path, to.data);
    }
  }],
  "within a file, where it overlaps": ["EINVAL", (_, to) => {
    copy([to.file, 0], [to.file, 10], PAGE);
  }],
  "to a position that no file can have": ["EFBIG", (from, to) => {
    copy([from.file, 0], [to.file, LARGEST_FILE], PAGE);
  }],
};

for (const [what, [errno, call]] of Object.entries(REFUSED)) {
  Deno.test(`copy_file_range() ${what} is refused with ${errno} as ever`, () => {
    using from = ordinaryFile("/data");
    using to = ordinaryFile("/data");
    assertEquals(refusal(() => call(from, to)), errno);
    assertSame(Deno.readFileSync(to.path), to.data);
  });
}

Deno.test("copy_file_range() changes when a file was last written, as ever", () => {
  using from = ordinaryFile("/data");
  using to = ordinaryFile("/data");
  Deno.utimeSync(to.path, 1, 1);
  copy([from.file, 0], [to.file, 0], PAGE);
  assert(Deno.statSync(to.path).mtime!.getTime() > 1000);
});

for (const dir of ["/data", "/tmp", "/dev/shm"]) {
  Deno.test(`copy_file_range() between two files of ${dir} works as ever`, () => {
    using from = ordinaryFile(dir);
    using to = ordinaryFile(dir);
    const range = { fromOffset: 100, toOffset: PAGE + 1, bytes: 3 * PAGE };
    assertEquals(copy([from.file, 100], [to.file, PAGE + 1], 3 * PAGE), 3 * PAGE);
    assertSame(Deno.readFileSync(to.path), patched(to.data, from.data, range));
    assertSame(Deno.readFileSync(from.path), from.data);
    assertEquals(refusal(() => copy([to.file, 0], [to.file, 10], PAGE)), "EINVAL");
  });

  for (const other of ["/data", "/tmp", "/dev/shm"].filter((other) => other !== dir)) {
    Deno.test(`copy_file_range() from a file of ${dir} to one of ${other} is EXDEV as ever`, () => {
      using from = ordinaryFile(dir);
      using to = ordinaryFile(other);
      for (const [offset, bytes] of [[0, PAGE], [0, 0], [from.data.length, PAGE]]) {
        const call = () => copy([from.file, offset!], [to.file, 0], bytes!);
        assertEquals(refusal(call), "EXDEV", `${bytes} bytes at ${offset}`);
      }
      assertSame(Deno.readFileSync(to.path), to.data);
    });
  }
}

Deno.test("copy_file_range() from a memfd to another works as ever", () => {
  const [a, b] = [randomBytes(9 * PAGE), randomBytes(5 * PAGE)];
  using from = memfdOf(a);
  using to = memfdOf(b);
  assertEquals(copy([from, 5], [to, 4 * PAGE + 3], 8 * PAGE), 8 * PAGE);
  const after = patched(b, a, { fromOffset: 5, toOffset: 4 * PAGE + 3, bytes: 8 * PAGE });
  assertSame(Deno.readFileSync(`/proc/self/fd/${to.number}`), after);
});

Deno.test("copy_file_range() between a memfd and a file of tmpfs is EXDEV as ever", () => {
  using other = ordinaryFile("/tmp");
  using memfd = memfdOf(randomBytes(PAGE));
  assertEquals(refusal(() => copy([memfd, 0], [other.file, 0], PAGE)), "EXDEV");
  assertEquals(refusal(() => copy([other.file, 0], [memfd, 0], PAGE)), "EXDEV");
});
