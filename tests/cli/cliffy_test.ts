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

/** A program like ours; `calls` gets what its action was given. */
function program(calls: Call[] = []) {
  const copy = new Command()
    .description("Copy a file.")
    .type("shade", new EnumType(["dark", "light"]))
    .type("hex", ({ value }) => BigInt(`0x${value}`))
    .arguments("<src:file> [dst:string]")
    .option("-v, --verify", "Compare.")
    .option("--exec", "Run what follows.")
    .option("-j, --json [file:string]", "Write JSON.")
    .option("--csv <file:string>", "Write CSV.", { conflicts: ["json"] })
    .option("--shade <shade:shade>", "One of two.", { default: "dark" })
    .option("--at <offset:hex>", "Hexadecimal.")
    .option("--times <n:integer>", "How often.")
    .option("--tag <tag:string>", "May be repeated.", { collect: true })
    .option("--chunk-size <n:number>", "Needs --times.", { depends: ["times"] })
    .example("copy one", "copy a memfd")
    .action(function (options, ...args) {
      calls.push({ options, args, literal: this.getLiteralArgs() });
    });
  const lab = new Command().description("A lab.").command(
    "run",
    new Command().description("Run.").arguments("[words...:string]").action(
      function (_, ...args) {
        calls.push({ options: {}, args, literal: this.getLiteralArgs() });
      },
    ),
  );
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

/** What a run writes with console.log, without colors. */
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
  const { options } = await parse("copy", "a", "--times=2", "--chunk-size=1.5", "--shade=light");
  assertEquals(options, { shade: "light", times: 2, chunkSize: 1.5 });
});

Deno.test("Command gives true for an optional value that is missing", async () => {
  assertEquals((await parse("copy", "a", "--json")).options.json, true);
  assertEquals((await parse("copy", "a", "--json", "out")).options.json, "out");
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
  await refuse(/--csv.*--json|--json.*--csv/, "copy", "a", "--json", "--csv", "x");
  await refuse(/"--chunk-size" depends on option "--times"/, "copy", "a", "--chunk-size", "1");
});

Deno.test("Command suggests the command or option that was meant", async () => {
  await refuse(/unknown command "cpy".*did you mean.*copy/i, "cpy");
  await refuse(/unknown command "rn".*did you mean.*run/i, "lab", "rn");
  await refuse(/unknown option "--verfy".*did you mean.*--verify/i, "copy", "a", "b", "--verfy");
});

Deno.test("Command passes on what an action throws", async () => {
  const failing = new Command().throwErrors().action(() => Promise.reject(new TypeError("mine")));
  await assertRejects(() => failing.parse([]), TypeError, "mine");
});

Deno.test("Command refuses a missing required option", async () => {
  const command = new Command().throwErrors().option("--size <n:integer>", "", { required: true })
    .action(() => {});
  await assertRejects(() => command.parse([]), ValidationError, "--size");
});

Deno.test("Command shows its help and version", async () => {
  const help = await print("--help");
  for (const part of [/Usage:\s+demo/, /A demonstration\./, /copy/, /lab/, /--version/]) {
    assertMatch(help, part);
  }
  assertMatch(await print("copy", "--help"), /--json[^]*Write JSON[^]*copy one[^]*copy a memfd/);
  assertMatch(await print("help", "copy"), /Copy a file/);
  assertMatch(await print("lab"), /run/);
  assertMatch(await print("--version"), /1\.2\.3/);
});

Deno.test("Command tells its usage, and its options' flags and values, as they were declared", () => {
  const copy = program().getCommand("copy");
  const chunk = copy?.getOptions().find(({ name }) => name === "chunk-size");
  assertEquals(copy?.getUsage(), "<src:file> [dst:string]");
  assertEquals([chunk?.flags, chunk?.typeDefinition], [["--chunk-size"], "<n:number>"]);
  const verbs = new Command().option("-n, --name <command-name:string>", "A name.").getOptions();
  assertEquals(verbs.map(({ flags }) => flags), [["-n", "--name"]]);
  assertEquals(new Command().usage("-- CMD…").getUsage(), "-- CMD…");
});

Deno.test("HelpCommand refuses an unknown command", async () => {
  await refuse(/unknown command "cpy"/i, "help", "cpy");
});

Deno.test("CompletionsCommand writes a script for each shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    assertMatch(await print("completions", shell), /copy[^]*lab/);
  }
});

Deno.test("CompletionsCommand writes a script that completes commands in bash", async () => {
  const script = await print("completions", "bash");
  const ask = `${script}
COMP_WORDS=(demo "$@"); COMP_CWORD=$#
eval "$(complete -p demo | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
echo "\${COMPREPLY[@]}"`;
  const complete = async (...words: string[]) => {
    const { stdout } = await new Deno.Command("bash", { args: ["-c", ask, "bash", ...words] })
      .output();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await complete("co"), "copy completions");
  assertEquals(await complete("lab", "r"), "run");
  assertEquals(await complete("copy", ""), "", "files, by default");
  assertMatch(await complete("copy", "-"), /--help/);
});
