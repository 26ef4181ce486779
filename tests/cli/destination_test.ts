import { assertEquals, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { parseDestination } from "../../cli/destination.ts";

Deno.test("parseDestination() reads a kind and its option", () => {
  assertEquals(parseDestination("memfd"), { to: "memfd" });
  assertEquals(parseDestination("memfd:"), { to: "memfd" });
  assertEquals(parseDestination("memfd:thp"), { to: "memfd", pages: "thp" });
  assertEquals(parseDestination("udmabuf:hugetlb"), { to: "udmabuf+memfd", pages: "hugetlb" });
  assertEquals(parseDestination("dmabuf:system"), { to: "dmabuf" });
});

Deno.test("parseDestination() refuses what it does not know", () => {
  for (const text of ["nowhere:", "", ":", "memfd2", "constructor", "toString:thp"]) {
    assertThrows(() => parseDestination(text), ValidationError, "memfd, udmabuf, dmabuf");
  }
  assertThrows(() => parseDestination("dmabuf:thp"), ValidationError, "there is system");
  assertThrows(() => parseDestination("memfd:8k"), ValidationError, "4k, thp, hugetlb");
  assertThrows(() => parseDestination("memfd:valueOf"), ValidationError, "4k, thp, hugetlb");
});
