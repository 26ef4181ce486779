import { assertEquals, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { takeOperands } from "../../cli/operands.ts";

const take = (line: string) => takeOperands(line.split(" ")).join(" ");

Deno.test("takeOperands() takes what follows -- for paths", () => {
  assertEquals(take("copy m.bin -- memfd"), "copy m.bin memfd");
  assertEquals(take("copy --verify -- -m.bin --"), "copy --verify ./-m.bin ./--");
  assertEquals(take("copy a -- --exec b"), "copy a ./--exec b");
  assertEquals(take("doctor -- PATH"), "doctor PATH");
  assertEquals(take("bench --"), "bench");
});

Deno.test("takeOperands() leaves a program's command line alone", () => {
  for (const line of ["copy a --exec -- sh -c x", "lab run --kernel stock -- ls --", "bench -q"]) {
    assertEquals(take(line), line);
  }
});

Deno.test("takeOperands() refuses them where a command takes none", () => {
  for (const line of ["bench -- sweep", "lab build -- x", "-- copy a", "help -- copy"]) {
    assertThrows(() => take(line), ValidationError, "takes nothing after --");
  }
});
