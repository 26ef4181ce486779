import { assertEquals, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { type CopyJob, type Destination, parseJob } from "../../cli/copy_job.ts";

Deno.test("parseJob() loads files into what comes last", () => {
  const load = (paths: string[], destination: Destination): CopyJob => ({
    kind: "load",
    paths,
    destination,
  });
  assertEquals(parseJob(["a"]), load(["a"], {}));
  assertEquals(parseJob(["a", "memfd"]), load(["a"], { to: "memfd", pages: undefined }));
  assertEquals(parseJob(["a", "b", "memfd:thp"]), load(["a", "b"], { to: "memfd", pages: "thp" }));
  assertEquals(parseJob(["a", "udmabuf:"]), load(["a"], { to: "udmabuf", pages: undefined }));
  assertEquals(parseJob(["a", "dmabuf:cma"]), load(["a"], { to: "dmabuf", heap: "cma" }));
  assertEquals(parseJob(["a", "fd:3"]), load(["a"], { descriptor: 3 }));
  assertEquals(
    parseJob(["./memfd", "memfd"]),
    load(["./memfd"], { to: "memfd", pages: undefined }),
  );
  assertEquals(parseJob(["/etc/passwd", "/etc/group"]), load(["/etc/passwd", "/etc/group"], {}));
});

Deno.test("parseJob() saves what is open into a file", () => {
  assertEquals(parseJob(["fd:3", "out"]), { kind: "save", descriptor: 3, path: "out" });
});

Deno.test("parseJob() refuses what makes no sense", () => {
  const wrong: [string[], string][] = [
    [["fd:3"], "write copy fd:N PATH"],
    [["fd:3", "memfd"], "write copy fd:N PATH"],
    [["fd:3", "a", "b"], "write copy fd:N PATH"],
    [["memfd"], "write it last"],
    [["a", "memfd", "b"], "write it last"],
    [["a", "nowhere:"], '"nowhere:" is not a destination: write dmabuf[:HEAP]'],
    [["a", "/proc/none/out"], '"/proc/none/out" is not a destination'],
    [["a", "memfd:8k"], "write memfd[:thp|hugetlb|4k]"],
  ];
  for (const [args, message] of wrong) {
    assertThrows(() => parseJob(args), ValidationError, message);
  }
});
