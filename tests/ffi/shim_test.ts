import { assertEquals } from "@std/assert";

const SHIM = new URL("../../ffi/shim.c", import.meta.url).pathname;
const TESTS = new URL("shim_test.c", import.meta.url).pathname;
const WARNINGS = ["-Wall", "-Wextra", "-Werror"];

/** Runs a program, and returns all it says where it fails. */
async function complaints(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return success ? "" : text || "it fails";
}

/** Whether clang is to be used: `./run test:shim` installs it. */
const withClang = Deno.env.get("DMACOPY_TEST_CLANG") === "1";

Deno.test("shim.c passes its tests under the address and undefined-behaviour sanitizers", async () => {
  const program = await Deno.makeTempFile();
  try {
    const sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const flags = ["-O1", "-g", ...WARNINGS, ...sanitizers];
    const built = await complaints("cc", [...flags, "-o", program, TESTS, "-l:liburing.a"]);
    assertEquals(built, "");
    assertEquals(await complaints(program, []), "");
  } finally {
    await Deno.remove(program);
  }
});

Deno.test("shim.c passes gcc's analyzer", async () => {
  const flags = ["-fanalyzer", "-O2", ...WARNINGS, "-c", "-o", "/dev/null"];
  assertEquals(await complaints("gcc", [...flags, SHIM]), "");
});

Deno.test({
  name: "shim.c passes clang's analyzer (by ./run test:shim)",
  ignore: !withClang,
  async fn() {
    const flags = ["--analyze", "-Xclang", "-analyzer-output=text", "-Xclang", "-analyzer-werror"];
    const all = [...flags, "-O2", "-Wall", "-Wextra", "-o", "/dev/null"];
    assertEquals(await complaints("clang", [...all, SHIM]), "");
  },
});
