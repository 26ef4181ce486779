import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type BufferKind,
  createBuffer,
  loadFile,
  type MethodName,
  methods,
  type PageKind,
  planLoad,
  probe,
} from "../../copy/mod.ts";
import { openFile, SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { content, MEMORIES, type Memory, PAGE, PATCHED, run, SET_ASIDE } from "./_guest.ts";

const ALL: Record<string, Memory> = { ...MEMORIES, ...SET_ASIDE };

/** Every way of the table: buffer, method, direct or not. */
const WAYS: [string, MethodName, boolean][] = [
  ...(["memfd", "udmabuf through its memfd"] as const).flatMap((kind) =>
    (["read", "sendfile", "splice", "copy_file_range"] as const).flatMap((
      method,
    ) => [false, true].map((direct): [string, MethodName, boolean] => [kind, method, direct]))
  ),
  ...["udmabuf through its dma-buf", "dmabuf", ...Object.keys(SET_ASIDE)].flatMap((
    kind,
  ): [string, MethodName, boolean][] => [
    [kind, "read", false],
    [kind, "copy_file_range", false],
    [kind, "copy_file_range", true],
  ]),
];

for (const [memory, name, direct] of WAYS) {
  const { kind, ...through }: Memory = ALL[memory]!;
  const way = `${memory} ${direct ? "direct" : "buffered"} ${name}`;
  const ignore = name === "copy_file_range" && !PATCHED;

  for (const tail of [0, 1, 512, 4095]) {
    Deno.test({
      name: `${way} loads a file that ends ${tail} bytes into a page`,
      ignore,
      fn() {
        using file = randomFile(300 * PAGE + tail);
        using opened = openFile(file.path, { direct });
        using buffer = createBuffer(kind, BigInt(file.data.length), through);
        using method = methods[name]({ chunkBytes: 1n << 20n });
        const range = { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes };
        assertEquals(method.load(opened, buffer, range), BigInt(file.data.length));
        assertEquals(content(buffer).subarray(0, file.data.length), file.data);
      },
    });
  }

  Deno.test({
    name: `${way} touches the range alone, and brings it back`,
    ignore,
    async fn() {
      using file = randomFile(64 * PAGE);
      using copy = randomFile(0);
      using opened = openFile(file.path, { direct });
      using to = openFile(copy.path, { access: "write", direct });
      using buffer = createBuffer(kind, BigInt(64 * PAGE), through);
      using method = methods[name]({ chunkBytes: 1n << 20n });
      const bytes = BigInt(20 * PAGE);
      const [fileOffset, bufferOffset] = [BigInt(3 * PAGE), BigInt(7 * PAGE)];
      assertEquals(
        await method.loadAsync(opened, buffer, { fileOffset, bufferOffset, bytes }),
        bytes,
      );
      const expected = new Uint8Array(64 * PAGE);
      expected.set(file.data.subarray(3 * PAGE, 23 * PAGE), 7 * PAGE);
      assertEquals(content(buffer), expected);
      assertEquals(
        await method.storeAsync(to, buffer, { fileOffset: 0n, bufferOffset, bytes }),
        bytes,
      );
      assertEquals(Deno.readFileSync(copy.path), file.data.subarray(3 * PAGE, 23 * PAGE));
    },
  });

  Deno.test({
    name: `${way} refuses descriptors of the wrong direction`,
    ignore,
    fn() {
      using file = randomFile(PAGE);
      using readOnly = openFile(file.path, { direct });
      using writeOnly = openFile(file.path, { access: "write", direct });
      using buffer = createBuffer(kind, BigInt(PAGE), through);
      using method = methods[name]({ chunkBytes: 1n << 20n });
      const range = { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes };
      const load = assertThrows(() => method.load(writeOnly, buffer, range), SystemError);
      const store = assertThrows(() => method.store(readOnly, buffer, range), SystemError);
      assertEquals([load.code, store.code], ["EBADF", "EBADF"]);
      assertEquals(content(buffer), new Uint8Array(PAGE));
    },
  });
}

Deno.test("probe() finds every kind of buffer, and the series where it is", () => {
  const capabilities = probe();
  for (const [kind, support] of Object.entries(capabilities.buffers)) {
    assertEquals(support, { supported: true }, kind);
    assertEquals(capabilities.copyFileRange[kind as BufferKind].supported, PATCHED, kind);
  }
  assertEquals(capabilities.series, PATCHED);
  // The debug kernel has a second one.
  assert(capabilities.heaps.includes("system"));
});

Deno.test({
  name: "probe() tries whether the heap copies, even if it has the series' parameter",
  ignore: PATCHED,
  fn: () => {
    run("mount", "-t", "tmpfs", "tmpfs", "/sys/module");
    try {
      Deno.mkdirSync("/sys/module/system_heap/parameters", { recursive: true });
      Deno.writeTextFileSync("/sys/module/system_heap/parameters/defer_clearing", "Y");
      const { copyFileRange, series } = probe();
      assertEquals([copyFileRange.dmabuf.supported, series], [false, false]);
    } finally {
      run("umount", "/sys/module");
    }
  },
});

Deno.test("planLoad() takes huge pages, which are filled while they are made", () => {
  const facts = { ...probe(), defersClearing: false };
  const { kind, via, pages, method } = planLoad(facts);
  assertEquals([kind, via, pages, method], ["udmabuf", "memfd", "thp", "read"]);
  assertEquals(planLoad(probe()).kind, PATCHED ? "dmabuf" : "udmabuf");
});

Deno.test("planLoad() takes the series' way into a heap's buffer where it is", () => {
  const { method, direct } = planLoad(probe(), { kind: "dmabuf" });
  assertEquals([method, direct], PATCHED ? ["copy_file_range", true] : ["read", false]);
});

for (const [name, { kind: to, ...through }] of Object.entries(ALL)) {
  for (const pages of to === "dmabuf" ? ["4k"] as const : ["4k", "thp", "hugetlb"] as const) {
    Deno.test(`loadFile() into a ${name} of ${pages} pages gives the file's checksum, and leaks nothing`, async () => {
      using file = randomFile((5 << 20) + 77);
      const before = openDescriptors();
      {
        using loaded = await loadFile(file.path, {
          to,
          ...through,
          pages: pages as PageKind,
          verify: true,
        });
        assert(loaded.verified);
        assertEquals(content(loaded.buffer).subarray(0, file.data.length), file.data);
      }
      assertNoneLeft(before);
    });
  }
}
