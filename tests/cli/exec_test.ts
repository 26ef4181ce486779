import { assertEquals } from "@std/assert";
import { splitExec } from "../../cli/exec.ts";

Deno.test("splitExec() ends the options after --exec of copy and restore", () => {
  const split = (line: string) => splitExec(line.split(" ")).join(" ");
  assertEquals(split("copy a --exec sh -c x --exec y"), "copy a --exec -- sh -c x --exec y");
  assertEquals(split("copy a --exec sh -- x"), "copy a --exec -- sh -- x");
  assertEquals(split("restore a --exec sh --serve x"), "restore a --exec -- sh --serve x");
});

Deno.test("splitExec() leaves other command lines alone", () => {
  for (const line of ["copy a --exec -- sh", "lab run -- x --exec y", "copy a -- --exec b", ""]) {
    assertEquals(splitExec(line.split(" ")), line.split(" "));
  }
});
