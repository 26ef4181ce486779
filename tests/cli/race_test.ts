import { assert, assertEquals, assertMatch } from "@std/assert";
import { describeRace } from "../../cli/race.ts";
import { dmacopy } from "./_run.ts";

Deno.test("describeRace() counts the rounds that were lost, and hides none", () => {
  const round = { copyMs: 100, copyProcessMs: 200, cpMs: 150, ddMs: 400 };
  const text = describeRace({
    path: "model.bin",
    bytes: 2 ** 30,
    rounds: [round, { ...round, cpMs: 80 }, round],
  });
  assertMatch(text, /^ +2 +100 ms +200 ms +80.0 ms +400 ms$/m);
  assertMatch(text, /^median +100 ms +200 ms +150 ms +400 ms$/m);
  assertMatch(
    text,
    /^cp takes 0\.75 × as long \(0\.40 to 0\.75\): slower than dmacopy in 0 of 3 rounds$/m,
  );
  assertMatch(
    text,
    /^dd takes 2\.00 × as long \(2\.00 to 2\.00\): slower than dmacopy in 3 of 3 rounds$/m,
  );
});

Deno.test("dmacopy doctor --race times us, cp and dd", async () => {
  const path = await Deno.makeTempFile({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    await Deno.writeFile(path, new Uint8Array(3 << 20));
    const { code, stdout, stderr } = await dmacopy(
      ["doctor", path, "--race", "--rounds", "1", "--json"],
    );
    assertEquals([code, stderr], [0, ""]);
    const { bytes, rounds } = JSON.parse(stdout);
    assertEquals([bytes, rounds.length], [3 << 20, 1]);
    for (const key of ["copyMs", "copyProcessMs", "cpMs", "ddMs"]) assert(rounds[0][key] > 0, key);
  } finally {
    await Deno.remove(path);
  }
});
