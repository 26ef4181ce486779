// Faults from outside: to a file while it is copied, and to the process while it writes one.
import { assertEquals, assertRejects } from "@std/assert";
import { loadFile, loadFiles, type LoadMethod } from "../../copy/mod.ts";
import { openUnnamed, SystemError } from "../../ffi/mod.ts";
import { openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const CHUNK = 65536;
const BYTES = 8 * CHUNK + 777;
const LONG_AGO = new Date("2020-01-01");

/** The change of the file at `path` during a copy, and the error that follows. */
const CHANGES: Record<string, { change: (path: string) => void; message: string }> = {
  "truncated": {
    change: (path) => Deno.truncateSync(path, 3 * CHUNK + 100),
    message: "changed while it was being copied",
  },
  "emptied": {
    change: (path) => Deno.truncateSync(path),
    message: "changed while it was being copied",
  },
  "grown": {
    change: (path) => Deno.writeFileSync(path, new Uint8Array(CHUNK), { append: true }),
    message: "changed while it was being copied",
  },
  "overwritten": {
    change(path) {
      using file = Deno.openSync(path, { write: true });
      file.writeSync(new Uint8Array(10));
    },
    message: "changed while it was being copied",
  },
  "replaced": {
    change(path) {
      Deno.copyFileSync(path, `${path}.new`);
      Deno.renameSync(`${path}.new`, path);
    },
    message: "was replaced while it was being copied",
  },
  "removed": { change: (path) => Deno.renameSync(path, `${path}.away`), message: "was removed" },
};

const METHODS: [LoadMethod, boolean][] = [
  ["read", true],
  ["read", false],
  ["io_uring", true],
  ["sendfile", false],
  ["splice", false],
];

for (const [method, direct] of METHODS) {
  for (const [name, { change, message }] of Object.entries(CHANGES)) {
    const way = `${direct ? "direct" : "buffered"} ${method}`;
    Deno.test(`loadFile() by ${way} refuses a file that is ${name} meanwhile`, async () => {
      using file = randomFile(BYTES);
      Deno.utimeSync(file.path, LONG_AGO, LONG_AGO);
      const before = openDescriptors();
      let chunks = 0;
      const options = {
        ...{ to: "memfd", method, direct, chunkBytes: BigInt(CHUNK), depth: 1 } as const,
        onProgress: () => ++chunks === 2 ? change(file.path) : undefined,
      };
      await assertRejects(() => loadFile(file.path, options), Error, message);
      assertEquals(openDescriptors(), before);
      if (name === "removed") Deno.renameSync(`${file.path}.away`, file.path);
    });
  }
}

Deno.test("loadFiles() refuses all files if one changes after it was loaded", async () => {
  using first = randomFile(BYTES);
  using second = randomFile(BYTES);
  const before = openDescriptors();
  const options = {
    ...{ to: "memfd", chunkBytes: BigInt(CHUNK), depth: 1 } as const,
    onProgress: ({ path, bytes }: { path: string; bytes: bigint }) => {
      if (path === second.path && bytes === BigInt(2 * BYTES)) Deno.truncateSync(first.path, 1);
    },
  };
  const loading = () => loadFiles([first.path, second.path], options);
  await assertRejects(loading, Error, `${first.path} changed`);
  assertEquals(openDescriptors(), before);
});

function hasUnnamedFiles(folder: string): boolean {
  try {
    openUnnamed(folder, { name: "test", mode: 0o600 }).close();
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Where a save is when it is killed: after so many chunks, or at the file's naming. */
const MOMENTS = [...Array.from({ length: 9 }, (_, chunk) => String(chunk + 1)), "named", "renamed"];

Deno.test("saveBuffer() killed at any moment leaves the old file or all of the new one", async () => {
  using file = randomFile(BYTES);
  const [main, at] = [import.meta.resolve("./_save_child.ts"), String(CHUNK)];
  const save = async (moment: string, old: string | null) => {
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
    try {
      const path = `${folder}/out`;
      if (old !== null) await Deno.writeTextFile(path, old);
      const args = ["run", "-A", "--no-check", main, file.path, path, at, moment];
      const { signal, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      assertEquals([signal, new TextDecoder().decode(stderr)], ["SIGKILL", ""], moment);
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      const isNew = moment === "renamed";
      const parts = left.filter((name) => /^\.out\.[0-9a-f]{8}\.part$/.test(name));
      assertEquals(left, [...parts, ...(isNew || old !== null ? ["out"] : [])], moment);
      // The data is all there by the time that it has a name.
      for (const name of isNew ? ["out"] : parts) {
        assertEquals(await Deno.readFile(`${folder}/${name}`), file.data, moment);
      }
      if (!isNew && old !== null) assertEquals(await Deno.readTextFile(path), old, moment);
      return parts.length;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  const queue: [string, string | null][] = [
    ...MOMENTS.map((moment): [string, string] => [moment, "old"]),
    ...["4", "named", "renamed"].map((moment): [string, null] => [moment, null]),
  ];
  const parts: number[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) parts.push(await save(...next));
  };
  await Promise.all([worker(), worker()]);
  assertEquals(parts.length, MOMENTS.length + 3);
  // Only between its naming and its renaming is there something to see.
  if (hasUnnamedFiles("/var/tmp")) assertEquals(parts.reduce((sum, count) => sum + count), 2);
});

Deno.test("loadFile() without the address space for a buffer says so, and leaves nothing open", async () => {
  using file = randomFile(0);
  await Deno.truncate(file.path, 2 ** 30);
  const main = import.meta.resolve("./_limited_child.ts");
  const args = ["run", "-A", "--no-check", main, file.path];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(new TextDecoder().decode(stdout), "ENOMEM, 0 descriptors left\n");
});
