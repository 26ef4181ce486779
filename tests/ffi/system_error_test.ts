import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO } from "../../ffi/errno.ts";
import { openFile, SystemError, unwrap } from "../../ffi/mod.ts";
import "./_fixtures.ts";

const context = { call: "copy_file_range", subject: "model.bin → dma-buf" };

Deno.test("unwrap() passes results through", () => {
  assertEquals(unwrap(0, context), 0);
  assertEquals(unwrap(1n << 40n, context), 1n << 40n);
});

Deno.test("unwrap() throws a SystemError that says what failed", () => {
  const error = assertThrows(() => unwrap(-22n, context), SystemError);
  assertEquals(
    error.message,
    "copy_file_range model.bin → dma-buf: EINVAL (Invalid argument)",
  );
  assertEquals([error.code, error.errno, error.call, error.subject], [
    "EINVAL",
    22,
    "copy_file_range",
    "model.bin → dma-buf",
  ]);
});

Deno.test("SystemError names numbers that Linux doesn't have", () => {
  assertEquals(new SystemError(4095, context).code, "errno 4095");
});

Deno.test("SystemError has the path that a call was given, whatever messages call the file", () => {
  const open = () => openFile("/proc/self/exe/none", { name: "the model" });
  const { code, path, subject } = assertThrows(open, SystemError);
  assertEquals([code, path, subject], ["ENOTDIR", "/proc/self/exe/none", "the model"]);
});

Deno.test("ERRNO has the numbers of asm-generic/errno.h", () => {
  // 41 and 58 are aliases, EWOULDBLOCK and EDEADLOCK.
  assertEquals(Object.keys(ERRNO).length, 133 - 2);
  for (const [number, name] of [[1, "EPERM"], [18, "EXDEV"], [95, "EOPNOTSUPP"]] as const) {
    assertEquals(ERRNO[number]?.[0], name);
  }
  assertEquals(ERRNO[133]?.[0], "EHWPOISON");
});
