import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  addSeals,
  createMemfd,
  createPipe,
  directAlignment,
  drainPipe,
  fileStatus,
  fillPipe,
  getSeals,
  kernelRelease,
  Mapping,
  openFile,
  pageBytes,
  readableStatus,
  readableStatusIfThere,
  readAt,
  reserveDescriptors,
  resize,
  sync,
  SystemError,
  writeAt,
} from "../../ffi/mod.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "./_fixtures.ts";

Deno.test("openFile() says which file it can't open", () => {
  const error = assertThrows(() => openFile("/proc/none"), SystemError);
  assertEquals(error.message, "open /proc/none: ENOENT (No such file or directory)");
  assertThrows(() => openFile("a\0b"), TypeError, "zero byte");
});

Deno.test("openFile() creates, refuses to replace and truncates", () => {
  using file = randomFile(10);
  const create = () => openFile(file.path, { access: "write", create: "new" });
  assertEquals(assertThrows(create, SystemError).code, "EEXIST");
  openFile(file.path, { access: "write", truncate: true }).close();
  assertEquals(Deno.statSync(file.path).size, 0);
});

Deno.test("Descriptor closes once and is of no use afterwards", () => {
  const before = openDescriptors();
  const file = openFile("/proc/self/exe");
  assertEquals(openDescriptors().length, before.length + 1);
  file.close();
  file.close();
  assertNoneLeft(before);
  assertThrows(() => file.number, TypeError, "/proc/self/exe is closed");
});

Deno.test("Descriptor is inherited only if made inheritable", async () => {
  using memfd = createMemfd("inherited");
  resize(memfd, 7n);
  const stat = async () => {
    const args = ["-L", "-c", "%s", `/proc/self/fd/${memfd.number}`];
    const { stdout } = await new Deno.Command("stat", { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await stat(), "");
  memfd.setInheritable(true);
  assertEquals(await stat(), "7");
  memfd.setInheritable(false);
  assertEquals(await stat(), "");
});

Deno.test("fileStatus() tells size, kind and time", () => {
  using file = randomFile(1234);
  using opened = openFile(file.path);
  const status = fileStatus(opened);
  const expected = Deno.statSync(file.path);
  assertEquals(status.bytes, 1234n);
  assertEquals(status.isFile, true);
  assertEquals(Number(status.modifiedNs / 1_000_000n), expected.mtime?.getTime());
  assertEquals(status.inode, BigInt(expected.ino ?? 0));
  using directory = openFile("/tmp");
  assertEquals(fileStatus(directory).isFile, false);
  assertEquals(readableStatus(file.path), status);
  const missing = assertThrows(() => readableStatus(`${file.path}.none`, "it"), SystemError);
  assertEquals([missing.code, missing.call, missing.subject], ["ENOENT", "open", "it"]);
  assertEquals(readableStatusIfThere(`${file.path}.none`), null);
  assertEquals(readableStatusIfThere(file.path), status);
});

function alignmentHere() {
  using file = randomFile(4096);
  using opened = openFile(file.path);
  const alignment = directAlignment(opened);
  return alignment === "unknown" ? null : alignment;
}

Deno.test({
  name: "directAlignment() gives powers of two (where the filesystem says)",
  ignore: alignmentHere() === null,
  fn() {
    const { offsetBytes, memoryBytes } = alignmentHere()!;
    assertEquals([Math.log2(offsetBytes) % 1, Math.log2(memoryBytes) % 1], [0, 0]);
  },
});

Deno.test("readAt() and writeAt() move bytes at offsets beyond 4 GiB", async () => {
  const offset = (1n << 33n) + 3n;
  using file = randomFile(0);
  using opened = openFile(file.path, { access: "read-write" });
  using memfd = createMemfd("memory");
  resize(memfd, 2n * pageBytes());
  using mapping = new Mapping(memfd, 2n * pageBytes());
  using source = randomFile(100);
  using from = openFile(source.path);
  assertEquals(readAt(from, { address: mapping.address, bytes: 200n, offset: 0n }).sync(), 100n);
  const written = { address: mapping.address, bytes: 100n, offset };
  assertEquals(await writeAt(opened, written).async(), 100n);
  sync(opened).sync();
  assertEquals(fileStatus(opened).bytes, offset + 100n);
  const back = { address: mapping.address + pageBytes(), bytes: 100n, offset };
  assertEquals(await readAt(opened, back).async(), 100n);
  const memory = Deno.readFileSync(`/proc/self/fd/${memfd.number}`);
  assertEquals(memory.subarray(0, 100), source.data);
  const page = Number(pageBytes());
  assertEquals(memory.subarray(page, page + 100), source.data);
});

Deno.test("readAt() fails alike on both threads", async () => {
  using file = randomFile(1);
  using opened = openFile(file.path, { access: "write" });
  const call = readAt(opened, { address: 0n, bytes: 1n, offset: 0n });
  const expected = `pread ${file.path}: EBADF (Bad file descriptor)`;
  assertThrows(() => call.sync(), SystemError, expected);
  await assertRejects(() => call.async(), SystemError, expected);
});

Deno.test("Mapping unmaps once and is of no use afterwards", () => {
  const before = mappingsOf("memfd:mapped");
  using memfd = createMemfd("mapped");
  resize(memfd, pageBytes());
  const mapping = new Mapping(memfd, pageBytes());
  mapping.advise("populate-write");
  assertEquals(mappingsOf("memfd:mapped"), before + 1);
  mapping.close();
  mapping.close();
  assertEquals(mappingsOf("memfd:mapped"), before);
  assertThrows(() => mapping.address, TypeError, "the mapping of memfd is closed");
});

const [major = 0, minor = 0] = kernelRelease().split(".").map(Number);

Deno.test({
  name: "createMemfd() makes one that nobody can run (from Linux 6.3 on)",
  ignore: major < 6 || major === 6 && minor < 3,
  fn() {
    using memfd = createMemfd("not-a-program");
    const path = `/proc/self/fd/${memfd.number}`;
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o666);
    assertThrows(() => Deno.chmodSync(path, 0o777), Deno.errors.PermissionDenied);
  },
});

Deno.test("addSeals() takes away what it says", () => {
  using memfd = createMemfd("sealed");
  resize(memfd, 4096n);
  assertEquals(getSeals(memfd), []);
  addSeals(memfd, ["shrink", "seal"]);
  assertEquals(getSeals(memfd), ["seal", "shrink"]);
  assertEquals(assertThrows(() => resize(memfd, 0n), SystemError).code, "EPERM");
  resize(memfd, 8192n);
  assertEquals(assertThrows(() => addSeals(memfd, ["grow"]), SystemError).code, "EPERM");
});

Deno.test("createPipe() gives the size asked for, or what the limit allows", async () => {
  using pipe = createPipe(1 << 20);
  assertEquals(pipe.bytes, 1 << 20);
  // Without CAP_SYS_RESOURCE: the limit.
  const module = new URL("../../ffi/mod.ts", import.meta.url).href;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      script,
      `import { createPipe } from "${module}"; console.log(createPipe(32 << 20).bytes);`,
    );
    const command = [Deno.execPath(), "run", "-A", "--no-config", script];
    const { stdout } = await new Deno.Command("setpriv", {
      args: ["--bounding-set=-all", "--inh-caps=-all", ...command],
    }).output();
    const limit = Number(await Deno.readTextFile("/proc/sys/fs/pipe-max-size"));
    assertEquals(Number(new TextDecoder().decode(stdout)), Math.min(limit, 32 << 20));
  } finally {
    await Deno.remove(script);
  }
});

Deno.test("fillPipe() stops when the pipe is full, drainPipe() empties it", () => {
  using file = randomFile(3 * 65536);
  using from = openFile(file.path);
  using pipe = createPipe(65536);
  using to = createMemfd("drained");
  const bytes = BigInt(file.data.length);
  const filled = fillPipe(pipe, { from, fromOffset: 0n, bytes }).sync();
  assertEquals(filled, 65536n);
  const again = () => fillPipe(pipe, { from, fromOffset: filled, bytes }).sync();
  assertEquals(assertThrows(again, SystemError).code, "EAGAIN");
  assertEquals(drainPipe(pipe, { to, toOffset: 5n, bytes: filled }).sync(), filled);
  const drained = Deno.readFileSync(`/proc/self/fd/${to.number}`);
  assertEquals(drained.subarray(5), file.data.subarray(0, 65536));
});

/** The size of this process' table of descriptors. */
function tableSize(): number {
  return Number(/^FDSize:\s+(\d+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);
}

Deno.test("reserveDescriptors() enlarges the table, and leaves nothing open", async () => {
  const before = openDescriptors();
  const wanted = tableSize() + 1;
  await reserveDescriptors(wanted);
  assert(tableSize() >= wanted);
  await reserveDescriptors(2 ** 31 - 1000);
  assertNoneLeft(before);
});
