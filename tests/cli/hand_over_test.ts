import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { parseHandOver } from "../../cli/hand_over.ts";
import { isOver, parseUntil } from "../../cli/parse_until.ts";
import { ifThere } from "../../base/if_there.ts";
import { receiveBuffers } from "../../handover/mod.ts";
import "../ffi/_fixtures.ts";
import { startDmacopy } from "./_run.ts";

Deno.test("parseUntil() reads durations and times, and refuses what has passed", () => {
  const date = { clock: "wall" as const, atMs: Date.UTC(2199, 0, 31, 18) };
  assertEquals(parseUntil("2199-01-31T18:00Z"), date);
  for (const [text, ms] of [["90s", 90_000], ["1.5m", 90_000], ["2h", 7_200_000]] as const) {
    const { clock, atMs } = parseUntil(text);
    const leftMs = atMs - performance.now();
    assert(clock === "monotonic" && leftMs <= ms && leftMs > ms - 10_000, text);
  }
  for (const text of ["", "soon", "5", "-5s", "0s", "5d", "2001-01-01T00:00"]) {
    assertThrows(() => parseUntil(text), ValidationError, text);
  }
});

Deno.test("parseUntil() of a duration is over in time, whatever the clock is set to", () => {
  const { now } = Date;
  try {
    const [day, moment, date] = ["24h", "0.001s", "2199-01-31"].map(parseUntil);
    Date.now = () => now() + 7 * 24 * 3_600_000;
    assertEquals(isOver(day!), false);
    Date.now = () => 0;
    const start = performance.now();
    while (performance.now() < start + 5);
    assertEquals([isOver(moment!), isOver(date!)], [true, false]);
    Date.now = () => Date.UTC(2200, 0, 1);
    assertEquals(isOver(date!), true);
  } finally {
    Date.now = now;
  }
});

Deno.test("parseHandOver() refuses what does not go together", () => {
  assertEquals(parseHandOver({}, []), null);
  const wrong = [
    [{ exec: true, hold: true }, "--exec and --hold exclude each other"],
    [{ exec: true }, "Missing the command"],
    [{ maxClients: 1 }, "--max-clients is for --serve"],
    [{ mode: 0o660 }, "--mode is for --serve"],
    [{ exec: true, group: "users" }, "--group is for --serve"],
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

Deno.test("dmacopy copy --serve --group gives its socket to a group of the system", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    const gid = String(Deno.gid());
    const serve = ["--serve", path, "--group", gid, "--max-clients", "1", "--until", "1m"];
    await using child = startDmacopy(["copy", "/etc/passwd", "memfd", ...serve]);
    await child.line(/, memfd, /);
    const mode = () => ifThere(() => Deno.statSync(path).mode! & 0o777);
    while (mode() !== 0o660) await new Promise((resolve) => setTimeout(resolve, 10));
    using received = await receiveBuffers(path);
    assertEquals(received.buffers.length, 1);
    assertEquals(await child.end(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
