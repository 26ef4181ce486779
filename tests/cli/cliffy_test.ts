// The contract with @cliffy/command that the CLI relies on: passes on the genuine library, too.
import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { Command, EnumType, ValidationError } from "@cliffy/command";
import { CompletionsCommand } from "@cliffy/command/completions";
import { HelpCommand } from "@cliffy/command/help";

interface Call {
  options: Record<string, unknown>;
  args: unknown[];
  literal: string[];
}

/** A program like dmacopy; `calls` gets the calls of its action. */
function program(calls: Call[] = []) {
  const copy = new Command()
    .description("Copy a file.")
    .type("shade", new EnumType(["dark", "light"]))
    .type("hex", ({ value }) => BigInt(`0x${value}`))
    .arguments("<src:file> [dst:string]")
    .option("-v, --verify", "Compare.")
    .option("--exec", "Run what follows.")
    .option("-j, --json <file:string>", "Write JSON.")
    .option("--check", "Check it.")
    .option("--no-check", "Don't.")
    .option("--csv <file:string>", "Write CSV.", { conflicts: ["json"] })
    .option("--shade <shade:shade>", "One of two.", { default: "dark" })
    .option("--at <offset:hex>", "Hexadecimal.")
    .option("--times <n:integer>", "How often.")
    .option("--tag <tag:string>", "May be repeated.", { collect: true })
    .option("--chunk-size <n:integer>", "Needs --times.", { depends: ["times"] })
    .example("copy one", "copy a memfd")
    .action(function (options, ...args) {
      calls.push({ options, args, literal: this.getLiteralArgs() });
    });
  const run = new Command().description("Run.").arguments("[words...:string]")
    .option("--times <n:integer>", "How often.")
    .action(function (_, ...args) {
      calls.push({ options: {}, args, literal: this.getLiteralArgs() });
    });
  const lab = new Command().description("A lab.").option("--times <n:integer>", "How often.")
    .action(() => {
      throw new ValidationError("not now");
    })
    .command("run", run);
  return new Command()
    .name("demo")
    .version("1.2.3")
    .description("A demonstration.")
    .noExit()
    .command("copy", copy)
    .command("lab", lab)
    .command("help", new HelpCommand())
    .command("completions", new CompletionsCommand());
}

async function parse(...args: string[]): Promise<Call> {
  const calls: Call[] = [];
  await program(calls).parse(args);
  assertEquals(calls.length, 1);
  return calls[0]!;
}

async function refuse(pattern: RegExp, ...args: string[]): Promise<void> {
  const error = await assertRejects(() => program().parse(args));
  assertInstanceOf(error, ValidationError);
  assertMatch(error.message, pattern);
  assertEquals(error.exitCode, 2);
}

/** The output of a run with console.log, without colours. */
async function print(...args: string[]): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...parts) => lines.push(parts.join(" "));
  try {
    await program().parse(args);
  } finally {
    console.log = log;
  }
  // deno-lint-ignore no-control-regex
  return lines.join("\n").replaceAll(/\x1b\[\d+m/g, "");
}

Deno.test("Command parses arguments, flags and typed values", async () => {
  const { options, args } = await parse("copy", "a", "b", "-v", "--times", "3", "--at", "ff");
  assertEquals(args, ["a", "b"]);
  assertEquals(options, { shade: "dark", verify: true, times: 3, at: 255n });
});

Deno.test("Command gives no value to an optional argument that is missing", async () => {
  assertEquals((await parse("copy", "a")).args, ["a"]);
});

Deno.test("Command takes --name=value and kebab-case names", async () => {
  const { options } = await parse("copy", "a", "--times=2", "--chunk-size=15", "--shade=light");
  assertEquals(options, { shade: "light", times: 2, chunkSize: 15 });
});

Deno.test("Command tells --check and --no-check from neither", async () => {
  assertEquals((await parse("copy", "a")).options.check, undefined);
  assertEquals((await parse("copy", "a", "--check")).options.check, true);
  assertEquals((await parse("copy", "a", "--no-check")).options.check, false);
  new Command().option("--check", "").option("--no-check", "").action(({ check }) => {
    const typed: boolean | undefined = check;
    // @ts-expect-error: it may be missing.
    const wrong: true = check;
    return [typed, wrong];
  });
});

Deno.test("Command collects a repeated option", async () => {
  assertEquals((await parse("copy", "a", "--tag", "x", "--tag", "y")).options.tag, ["x", "y"]);
});

Deno.test("Command keeps what follows -- apart", async () => {
  const { options, args, literal } = await parse("copy", "a", "--exec", "--", "sh", "-c", "x");
  assertEquals([options.exec, args, literal], [true, ["a"], ["sh", "-c", "x"]]);
});

Deno.test("Command starts anew with each parse", async () => {
  const calls: Call[] = [];
  const command = program(calls);
  await command.parse(["copy", "a", "--verify"]);
  await command.parse(["copy", "b", "--verify"]);
  assertEquals(calls.map(({ args }) => args), [["a"], ["b"]]);
});

Deno.test("Command spreads a variadic argument of a nested command", async () => {
  const { args, literal } = await parse("lab", "run", "a", "b", "--", "-c");
  assertEquals([args, literal], [["a", "b"], ["-c"]]);
});

Deno.test("Command refuses wrong usage with a ValidationError", async () => {
  await refuse(/missing.*argument.*src/i, "copy");
  await refuse(/too many arguments/i, "copy", "a", "b", "c");
  await refuse(/missing/i, "copy", "a", "--times");
  await refuse(/"--times" must be of type "integer", but got "x"/, "copy", "a", "--times", "x");
  await refuse(/"dark", "light"/, "copy", "a", "--shade", "red");
  await refuse(/"--verify" can only occur once/, "copy", "a", "-v", "--verify");
  await refuse(/--csv.*--json|--json.*--csv/, "copy", "a", "--json", "y", "--csv", "x");
  await refuse(/"--chunk-size" depends on option "--times"/, "copy", "a", "--chunk-size", "1");
});

Deno.test("Command suggests the command or option that was meant", async () => {
  await refuse(/unknown command "cpy".*did you mean.*copy/i, "cpy");
  await refuse(/unknown command "rn".*did you mean.*run/i, "lab", "rn");
  await refuse(/unknown command "cpy".*did you mean.*copy/i, "help", "cpy");
  await refuse(/unknown option "--verfy".*did you mean.*--verify/i, "copy", "a", "b", "--verfy");
});

Deno.test("Command passes on what an action throws", async () => {
  const failing = new Command().throwErrors().action(() => Promise.reject(new TypeError("mine")));
  await assertRejects(() => failing.parse([]), TypeError, "mine");
});

Deno.test("Command takes a subcommand only before the options", async () => {
  await refuse(/./, "lab", "--times", "1", "run");
  await refuse(/./, "lab", "--times", "1", "run", "--times", "2");
});

Deno.test("ValidationError knows the command that was used", async () => {
  for (const args of [["lab"], ["lab", "--times", "x"], ["lab", "--tmes"], ["lab", "rn"]]) {
    const error = await assertRejects(() => program().parse(args), ValidationError);
    assertEquals(error.cmd?.getPath(), "demo lab");
  }
});

Deno.test("Command shows its help and version", async () => {
  const help = await print("--help");
  for (const part of [/Usage:\s+demo/, /A demonstration\./, /copy/, /lab/, /--version/]) {
    assertMatch(help, part);
  }
  assertMatch(await print("copy", "--help"), /--json[^]*Write JSON[^]*copy one[^]*copy a memfd/);
  assertMatch(await print("help", "copy"), /Copy a file/);
  assertMatch(await print("lab", "--help"), /run/);
  assertMatch(
    await print("copy", "--help"),
    /default: "dark"[^]*"dark", "light"|"light"[^]*default: "dark"/i,
  );
  assertMatch(await print("--version"), /1\.2\.3/);
});

Deno.test("Command tells its usage, and its options' flags and values, as they were declared", () => {
  const copy = program().getCommand("copy");
  const chunk = copy?.getOptions().find(({ flags }) => flags.includes("--chunk-size"));
  assertEquals(copy?.getUsage(), "<src:file> [dst:string]");
  assertEquals([chunk?.flags, chunk?.typeDefinition], [["--chunk-size"], "<n:integer>"]);
  const verbs = new Command().option("-n, --name <command-name:string>", "A name.").getOptions();
  assertEquals(verbs.map(({ flags }) => flags), [["-n", "--name"]]);
  assertEquals(new Command().usage("-- CMD…").getUsage(), "-- CMD…");
});

Deno.test("Command tells an option's default, and the values of its type", () => {
  const copy = program().getCommand("copy");
  const shade = copy?.getOptions().find(({ flags }) => flags.includes("--shade"));
  assertEquals(shade?.default, "dark");
  const { handler } = copy?.getType(shade?.args[0]?.type ?? "") ?? {};
  assertInstanceOf(handler, EnumType);
  assertEquals(handler.values(), ["dark", "light"]);
});

Deno.test("CompletionsCommand writes a script for each shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    assertMatch(await print("completions", shell), /copy[^]*lab/);
  }
});
