// `deno task test:unit [OPTION…]`: the tests that run on any kernel, then those in docstrings. Both
// get the options.
import { TestCount } from "../guests/test_count.ts";

const TESTS = [
  ...["--sanitize-ops", "--sanitize-resources"],
  ...["--ignore=tests/lab,tests/cluster/slurm_test.ts", "tests"],
];
const DOCSTRINGS = ["--doc", "mod.ts", "copy", "handover", "models", "snapshot"];

async function run(args: string[], count: TestCount): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...args],
    stdout: "piped",
  }).spawn();
  for await (const data of child.stdout) {
    count.take(data);
    await Deno.stdout.write(data);
  }
  return (await child.status).code;
}

const count = new TestCount();
for (const tests of [TESTS, DOCSTRINGS]) {
  if (Deno.exitCode === 0) Deno.exitCode = await run([...tests, ...Deno.args], count);
}
if (Deno.exitCode === 0 && count.tests === 0) {
  console.error(`dmacopy: no test matches ${Deno.args.join(" ")}`);
  Deno.exitCode = 1;
}
