import { assertEquals } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { describeError } from "../../terminal/report_error.ts";

Deno.test("describeError() makes one line of a message", () => {
  assertEquals(describeError(new Error("a\n  b")), "dmacopy: a b");
  assertEquals(describeError(new ValidationError("wrong")), "dmacopy: wrong (see dmacopy --help)");
  assertEquals(describeError("text"), "dmacopy: text");
});

Deno.test("describeError() puts the lines of a log below the message", () => {
  const error = Object.assign(new Error("make failed"), { lines: ["cc: a", "cc: b"] });
  assertEquals(describeError(error), "dmacopy: make failed\n  | cc: a\n  | cc: b");
});

Deno.test("describeError() lets no message reach the terminal's controls, or fill it", () => {
  assertEquals(describeError(new Error("a\x1b[2J\tb\0\x9b")), "dmacopy: a?[2J b??");
  assertEquals(describeError(new Error("x".repeat(1e6))).length < 2000, true);
});
