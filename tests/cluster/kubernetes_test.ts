import { assertEquals } from "@std/assert";

const yaml = await Deno.readTextFile(new URL("../../cluster/sweep-job.yaml", import.meta.url));
const number = (name: string) => Number(new RegExp(`${name}: "?(\\d+)`).exec(yaml)?.[1]);

Deno.test("the indexed Job asks for every shard once", async () => {
  const script = /- \|\n((?: {14}.*\n)+)/.exec(yaml)![1]!;
  const shards = number("completions");
  assertEquals(Number(/name: SHARDS\n +value: "(\d+)"/.exec(yaml)![1]), shards);
  const asked = [];
  for (let index = 0; index < shards; index++) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-euc", script.replace("exec dmacopy", "echo")],
      env: { JOB_COMPLETION_INDEX: String(index), SHARDS: String(shards) },
    }).output();
    asked.push(/--shard (\S+) --json (\S+)/.exec(new TextDecoder().decode(stdout))?.slice(1));
  }
  assertEquals(asked, [1, 2, 3, 4].map((index) => [`${index}/4`, `/results/shard-${index}.json`]));
});
