import { assertEquals, assertThrows } from "@std/assert";
import { parsePlace } from "../../copy/mod.ts";

Deno.test("parsePlace() reads buffers, with what follows the colon", () => {
  assertEquals(parsePlace("dmabuf"), { kind: "dmabuf" });
  assertEquals(parsePlace("dmabuf:"), { kind: "dmabuf" });
  assertEquals(parsePlace("dmabuf:linux,cma"), { kind: "dmabuf", heap: "linux,cma" });
  for (const kind of ["udmabuf", "memfd"] as const) {
    assertEquals(parsePlace(kind), { kind });
    assertEquals(parsePlace(`${kind}:`), { kind });
    for (const pages of ["thp", "hugetlb", "4k"] as const) {
      assertEquals(parsePlace(`${kind}:${pages}`), { kind, pages });
    }
  }
  assertEquals(parsePlace("fd:0"), { kind: "fd", number: 0 });
  assertEquals(parsePlace("fd:2147483647"), { kind: "fd", number: 2147483647 });
});

Deno.test("parsePlace() takes all else for a path", () => {
  const paths = ["model.gguf", "./memfd", "/dev/shm/fd:3", "memfd2", "", ":", "C:", "a:b", "fdx:1"];
  for (const path of [...paths, "constructor", "toString:thp"]) {
    assertEquals(parsePlace(path), { kind: "path", path });
  }
});

Deno.test("parsePlace() says in one line what may follow", () => {
  const wrong = {
    "memfd:8k": "memfd[:thp|hugetlb|4k]",
    "udmabuf:valueOf": "udmabuf[:thp|hugetlb|4k]",
    "memfd:thp:4k": "memfd[:thp|hugetlb|4k]",
    "dmabuf:../mem": "dmabuf[:HEAP]",
    "fd": "fd:N",
    "fd:": "fd:N",
    "fd:-1": "fd:N",
    "fd:1e3": "fd:N",
    "fd:2147483648": "fd:N",
  };
  for (const [text, usage] of Object.entries(wrong)) {
    const error = assertThrows(() => parsePlace(text), TypeError);
    assertEquals(error.message.split(" write ")[1], usage, text);
    assertEquals(error.message.split("\n").length, 1);
  }
});
