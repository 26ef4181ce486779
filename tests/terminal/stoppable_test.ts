import { assertEquals } from "@std/assert";

const MODULE = new URL("../../terminal/stoppable.ts", import.meta.url).href;

/**
 * Sends itself signals, each when the one before has arrived and some time has passed; the test
 * runner would take its own for the user's.
 */
const PROGRAM = `
  const { stoppable } = await import(${JSON.stringify(MODULE)});
  const [signals, apartMs, keeps] = JSON.parse(Deno.args[0]);
  const told = [];
  const arrival = (name) =>
    new Promise((resolve) => {
      const listener = () => (Deno.removeSignalListener(name, listener), resolve());
      Deno.addSignalListener(name, listener);
    });
  const outcome = await stoppable(async ({ stop, signal }) => {
    for (const name of signals) {
      const arrived = arrival(name);
      Deno.kill(Deno.pid, name);
      await arrived;
      await new Promise((resolve) => setTimeout(resolve, apartMs));
    }
    signal.throwIfAborted();
    return stop.aborted ? "stopped" : "done";
  }, { keeps: () => keeps, onStop: () => told.push("told") }).catch((error) => error.name);
  console.log([outcome, ...told].join());
`;

async function outcome(signals: string[], apartMs: number, keeps: boolean): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", PROGRAM, JSON.stringify([signals, apartMs, keeps])],
    stderr: "inherit",
  });
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

Deno.test("stoppable() stops at the first Ctrl-C, of which two at once are one", async () => {
  assertEquals(await outcome([], 0, true), "done");
  assertEquals(await outcome(["SIGINT"], 0, true), "stopped,told");
  assertEquals(await outcome(["SIGINT", "SIGINT"], 0, true), "stopped,told");
});

Deno.test("stoppable() ends at the second, at SIGTERM, or where nothing is to keep", async () => {
  assertEquals(await outcome(["SIGINT"], 0, false), "InterruptedError");
  assertEquals(await outcome(["SIGTERM"], 0, true), "InterruptedError");
  assertEquals(await outcome(["SIGINT", "SIGINT"], 700, true), "InterruptedError,told");
});
