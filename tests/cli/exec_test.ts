import { assertEquals, assertRejects } from "@std/assert";
import { runCommand, splitExec } from "../../cli/exec.ts";

Deno.test("splitExec() ends the options after copy's --exec", () => {
  const split = (line: string) => splitExec(line.split(" ")).join(" ");
  assertEquals(split("copy a --exec sh -c x --exec y"), "copy a --exec -- sh -c x --exec y");
  assertEquals(split("copy a --exec sh -- x"), "copy a --exec -- sh -- x");
});

Deno.test("splitExec() leaves other command lines alone", () => {
  for (const line of ["copy a --exec -- sh", "lab run -- x --exec y", "copy a -- --exec b", ""]) {
    assertEquals(splitExec(line.split(" ")), line.split(" "));
  }
});

Deno.test("runCommand() returns the status, and 128 and a signal's number", async () => {
  assertEquals(await runCommand(["sh", "-c", "exit $CODE"], { CODE: "7" }), 7);
  assertEquals(await runCommand(["sh", "-c", "kill -9 $$"], {}), 137);
});

Deno.test("runCommand() names a program that is not there", async () => {
  await assertRejects(
    () => runCommand(["no-such-program"], {}),
    Error,
    "can't run no-such-program",
  );
});
