import { exists } from "../../base/exists.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type BufferKind } from "../../copy/mod.ts";
import { openFile, SystemError } from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";
import { faultyDisk, offsetOnDisk } from "./_device_mapper.ts";
import { assertSame, bufferOf, content, copy, PAGE, PATCHED, scribble } from "./_guest.ts";
import { assertNothingLeaked, held } from "./_held.ts";

const PAGES = 64;
const BYTES = PAGES * PAGE;
/** Which of the file's pages the disk fails to read and write. */
const BAD = 37;
/** Counts down with each request and atomic allocation of this thread. */
const FAIL_NTH = "/proc/thread-self/fail-nth";
const INJECTION = "/sys/kernel/debug/fail_make_request";

/** The kinds of buffer that the series lets copy, and both ways to open the file. */
const CASES = (["dmabuf", "udmabuf", "memfd"] as BufferKind[])
  .flatMap((kind) => [false, true].map((direct) => ({ kind, direct })));

/** The bytes copied, or the error's name. */
function attempt(call: () => number): number | string {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.code;
  }
}

/** That what a copy says it has copied is the data, if it does not say EIO. */
function assertSound(answer: number | string, copied: Uint8Array, data: Uint8Array): void {
  if (answer === "EIO") return;
  const bytes = Number(answer);
  assert(bytes > 0, `answer ${answer}`);
  assertSame(copied.subarray(0, bytes), data.subarray(0, bytes));
}

/** That a copy ended where the disk fails, and says nothing else. */
function assertEndsBefore(
  answer: number | string,
  copied: () => Uint8Array,
  data: Uint8Array,
): void {
  if (answer === "EIO") return;
  assert(Number(answer) <= BAD * PAGE, `answer ${answer}`);
  assertSound(answer, copied(), data);
}

/** Has a file on a disk that fails at one of its pages, which stays as it is; nothing leaks. */
function withBadPage(action: (path: string, data: Uint8Array) => void): void {
  using made = randomFile(BYTES);
  const before = held();
  {
    using disk = faultyDisk();
    disk.damage(offsetOnDisk(made.path, BAD), PAGE);
    action(made.path, made.data);
  }
  assertNothingLeaked(before);
  const page = (data: Uint8Array) => data.subarray(BAD * PAGE, (BAD + 1) * PAGE);
  assertSame(page(Deno.readFileSync(made.path)), page(made.data));
}

for (const { kind, direct } of CASES) {
  const way = `${direct ? "direct" : "buffered"} copy_file_range()`;
  const beyond = (BAD + 1) * PAGE;

  Deno.test({
    name: `${way} from a disk that fails within the file into a ${kind} ends in EIO, or before`,
    ignore: !PATCHED,
    fn: () =>
      withBadPage((path, data) => {
        using file = openFile(path, { direct });
        using buffer = bufferOf(kind, BYTES);
        const load = (from: number, bytes: number) =>
          attempt(() => copy([file, from], [buffer.io, from], bytes));
        const answer = load(0, BYTES);
        assertEndsBefore(answer, () => content(buffer), data);
        assertEquals(load(BAD * PAGE, PAGE), "EIO");
        assertEquals(load(beyond, BYTES - beyond), BYTES - beyond);
        assertSame(content(buffer).subarray(beyond), data.subarray(beyond));
      }),
  });

  Deno.test({
    name: `${way} from a ${kind} to a disk that fails within the file ends in EIO, or before`,
    ignore: !PATCHED,
    fn: () =>
      withBadPage((path) => {
        using file = openFile(path, { access: "read-write", direct });
        using synced = Deno.openSync(path, { write: true });
        using buffer = bufferOf(kind, BYTES);
        const data = scribble(buffer);
        const save = (from: number, bytes: number) =>
          attempt(() => copy([buffer.io, from], [file, from], bytes));
        const answer = save(0, BYTES);
        if (direct) {
          assertEndsBefore(answer, () => firstBytes(path, Number(answer)), data);
          assertEquals(save(BAD * PAGE, PAGE), "EIO");
          assertEquals(save(beyond, BYTES - beyond), BYTES - beyond);
        } else {
          // As with write(2), the page cache has it all, and fsync(2) tells of the disk.
          assertEquals(answer, BYTES);
          assertThrows(() => synced.syncSync(), Error, "os error 5");
        }
      }),
  });

  Deno.test({
    name: `${way} with a ${kind} survives each request to the disk that fails`,
    ignore: !PATCHED || !exists(INJECTION),
    fn() {
      using made = randomFile(BYTES);
      const { path, data } = made;
      using _ = injection();
      const before = held();
      {
        using file = openFile(path, { access: "read-write", direct });
        using buffer = bufferOf(kind, BYTES);
        const load = () => copy([file, 0], [buffer.io, 0], BYTES);
        const save = () => copy([buffer.io, 0], [file, 0], BYTES);
        const failed = eachRequest(load, (answer) => {
          assertSound(answer, content(buffer), data);
          Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "1");
        });
        assert(failed > 0, "no request failed");
        assertSame(content(buffer), data);
        // A buffered copy makes requests later, in nobody's name.
        eachRequest(save, (answer) => assertSound(answer, content(buffer), data));
        assertSame(Deno.readFileSync(path), data);
      }
      assertNothingLeaked(before);
    },
  });
}

function firstBytes(path: string, bytes: number): Uint8Array {
  using file = Deno.openSync(path);
  const out = new Uint8Array(bytes);
  file.readSync(out);
  return out;
}

/** Allows the disk's requests to fail, and no allocation. */
function injection(): Disposable {
  const [, disk] = Deno.readTextFileSync("/proc/mounts").match(/^\/dev\/(\S+) \/data /m) ?? [];
  const file = `/sys/class/block/${disk}/make-it-fail`;
  for (const fault of ["failslab", "fail_page_alloc"]) {
    Deno.writeTextFileSync(`/sys/kernel/debug/${fault}/ignore-gfp-wait`, "Y");
  }
  Deno.writeTextFileSync(file, "1");
  return { [Symbol.dispose]: () => Deno.writeTextFileSync(file, "0") };
}

/** Makes a call with its first fault injected, its second, and so on; returns how many it has. */
function eachRequest(call: () => number, check: (answer: number | string) => void): number {
  for (let nth = 1;; nth++) {
    Deno.writeTextFileSync(FAIL_NTH, String(nth));
    const answer = attempt(call);
    const left = parseInt(Deno.readTextFileSync(FAIL_NTH));
    Deno.writeTextFileSync(FAIL_NTH, "0");
    check(answer);
    if (left > 0) return nth - 1;
  }
}
