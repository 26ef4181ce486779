import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { parseHandOver } from "../../cli/hand_over.ts";
import { parseUntil } from "../../cli/parse_until.ts";
import { receiveBuffers } from "../../handover/mod.ts";
import "../ffi/_fixtures.ts";
import { startDmacopy } from "./_run.ts";

Deno.test("parseUntil() reads durations and times, and refuses what has passed", () => {
  assertEquals(parseUntil("90s", 1000), 91_000);
  assertEquals(parseUntil("1.5m", 0), 90_000);
  assertEquals(parseUntil("2h", 0), 7_200_000);
  assertEquals(parseUntil("2030-01-31T18:00Z", 0), Date.UTC(2030, 0, 31, 18));
  for (const text of ["", "soon", "5", "-5s", "0s", "5d", "2001-01-01T00:00"]) {
    assertThrows(() => parseUntil(text), ValidationError, text);
  }
});

Deno.test("parseHandOver() refuses what does not go together", () => {
  assertEquals(parseHandOver({}, []), null);
  const wrong = [
    [{ exec: true, hold: true }, "--exec and --hold exclude each other"],
    [{ exec: true }, "Missing the command"],
    [{ maxClients: 1 }, "--max-clients is for --serve"],
    [{ serve: "x", maxClients: 0 }, "must be 1 or more"],
    [{ until: "1h" }, "--until is for --serve and --hold"],
  ] as const;
  for (const [options, message] of wrong) {
    assertThrows(() => parseHandOver(options, []), ValidationError, message);
  }
});

Deno.test("dmacopy copy --hold prints the buffer's path, and ends at Ctrl-C", async () => {
  await using child = startDmacopy(["copy", "/etc/passwd", "memfd", "--hold"]);
  const path = await child.line(/^\/proc\/\d+\/fd\/\d+$/m);
  const size = Deno.statSync("/etc/passwd").size;
  assertEquals(Deno.readFileSync(path).subarray(0, size), Deno.readFileSync("/etc/passwd"));
  assertEquals(await child.end("SIGINT"), 0);
});

Deno.test("dmacopy copy --serve hands out, and ends after --max-clients", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    const serve = ["--serve", path, "--max-clients", "1", "--until", "1m"];
    await using child = startDmacopy(["copy", "/etc/passwd", "memfd", "--verify", ...serve]);
    assertMatch(await child.line(/^.*, verified$/m), /memfd/);
    while (!Deno.readDirSync(folder)[Symbol.iterator]().next().value) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    using received = await receiveBuffers(path);
    const [info] = received.manifest.buffers;
    assertEquals([info?.name, info?.kind, info?.verified], ["passwd", "memfd", true]);
    assertEquals(await child.end(), 0);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
