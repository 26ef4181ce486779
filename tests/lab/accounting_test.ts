import { exists } from "../../base/exists.ts";
import { assert, assertEquals } from "@std/assert";
import {
  assertSame,
  bufferOf,
  content,
  copy,
  diskFile,
  PAGE,
  PATCHED,
  scribble,
} from "./_guest.ts";

const ignore = !PATCHED;
const BYTES = 2048 * PAGE;
const LIMIT = BYTES / 2;
// In blocks of 512 bytes.
const LIMITED = `ulimit -f ${LIMIT / 512}; exec deno run -A --no-remote "$@"`;

/** Runs copy_child.ts where no file may grow beyond {@linkcode LIMIT}. */
function copyLimited(from: number, to: string): string {
  const { stdout } = new Deno.Command("sh", {
    args: ["-c", LIMITED, "sh", "/job/copy_child.js", String(from), to, String(BYTES)],
    stderr: "inherit",
  }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Bytes that this process read and wrote by system calls; see proc_pid_io(5). */
function accounted(): [read: number, written: number] {
  const io = Deno.readTextFileSync("/proc/thread-self/io");
  return ["rchar", "wchar"].map((name) => Number(io.match(`${name}: (\\d+)`)?.[1])) as //
  [number, number];
}

for (const kind of ["dmabuf", "udmabuf", "memfd"] as const) {
  Deno.test({
    name: `copy_file_range() from a ${kind} ends at the limit on the size of files`,
    ignore,
    fn() {
      using buffer = bufferOf(kind, BYTES);
      const data = scribble(buffer);
      using disk = diskFile(0);
      buffer.io.setInheritable(true);
      assertEquals(copyLimited(buffer.io.number, disk.path), String(LIMIT));
      assertSame(Deno.readFileSync(disk.path), data.subarray(0, LIMIT));
    },
  });

  Deno.test({
    name: `copy_file_range() from a ${kind} tells those who watch the file`,
    ignore,
    async fn() {
      using disk = diskFile(PAGE);
      using buffer = bufferOf(kind, PAGE);
      using watcher = Deno.watchFs(disk.path);
      const timeout = setTimeout(() => watcher.close(), 10_000);
      copy([buffer.io, 0], [disk.file, 0], PAGE);
      const kinds: string[] = [];
      for await (const event of watcher) if (kinds.push(event.kind)) break;
      clearTimeout(timeout);
      assertEquals(kinds, ["modify"]);
    },
  });

  Deno.test({
    name: `copy_file_range() with a ${kind} is accounted as I/O`,
    // Takes CONFIG_TASK_XACCT.
    ignore: ignore || !exists("/proc/thread-self/io"),
    fn() {
      using disk = diskFile(BYTES);
      using buffer = bufferOf(kind, BYTES);
      for (const [from, to] of [[disk.file, buffer.io], [buffer.io, disk.file]] as const) {
        const [readBefore, writtenBefore] = accounted();
        assertEquals(copy([from, 0], [to, 0], BYTES), BYTES);
        const [read, written] = accounted();
        assert(read - readBefore >= BYTES, `${read - readBefore} bytes read`);
        assert(written - writtenBefore >= BYTES, `${written - writtenBefore} bytes written`);
      }
      assertSame(content(buffer), disk.data);
    },
  });
}
