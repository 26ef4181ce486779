// deno-lint-ignore-file no-explicit-any
import { Argument, Command as Program, type CommanderError, Option } from "commander";
import { fromCommander, ValidationError } from "./errors.ts";
import type { ArgumentsOf, None, OptionOf, OptionOptions } from "./infer.ts";
import { type ArgumentValue, BUILT_IN, Type, type TypeOrTypeHandler } from "./type.ts";

/** A command line to show in the help. */
export interface Example {
  name: string;
  description: string;
}

/** What is known of an option. */
export interface OptionInfo {
  /** Name without dashes. */
  name: string;
  /** `["-j", "--json"]` */
  flags: string[];
  description: string;
  /** Name of its value's type; undefined when it takes none. */
  type: string | undefined;
  /** Its value as it was declared: `<file:string>`. */
  typeDefinition: string | undefined;
}

type AnyCommand = Command<any, any, any>;

/** Thrown to leave the parser after the help or the version was printed. */
class Done extends Error {}

/** `<src:file>`, `[cmd...:string]`: a name, its type, and the same without the type. */
function parseSpec(
  spec: string,
): { name: string; type: string; plain: string } {
  const [, open = "", name = "", type = "string", close = ""] =
    /^([<[])([^:]+?)(?::([^:]+?))?([>\]])$/.exec(spec) ?? [];
  return { name: name.replaceAll("...", ""), type, plain: open + name + close };
}

/**
 * A command with its options, arguments and subcommands. Declare everything else before the first
 * {@linkcode Command.command}: the genuine library configures the subcommand from there on.
 */
export class Command<
  TOptions = None,
  TArguments extends unknown[] = [],
  TTypes = None,
> {
  readonly #program = new Program();
  readonly #types = new Map<string, TypeOrTypeHandler<unknown>>();
  readonly #commands: AnyCommand[] = [];
  readonly #options: OptionInfo[] = [];
  readonly #examples: Example[] = [];
  readonly #seen = new Map<string, number>();
  readonly #depends: [name: string, needed: string][] = [];
  #parent: AnyCommand | undefined;
  #usage: string | undefined;
  #argsDefinition = "";
  #literal: string[] = [];
  #throws = false;
  #exits = true;

  constructor() {
    this.#program
      .helpCommand(false)
      .enablePositionalOptions()
      .configureOutput({
        writeOut: (text) => console.log(text.trimEnd()),
        writeErr: () => {},
      })
      .exitOverride((error) => this.#leave(error))
      .addHelpText("after", () => this.#formatExamples())
      .helpOption("-h, --help", "Show this help.");
  }

  name(name: string): this {
    this.#program.name(name);
    return this;
  }

  version(version: string): this {
    this.#program.version(
      version,
      "-V, --version",
      "Show the version number for this program.",
    );
    return this;
  }

  description(description: string): this {
    this.#program.description(description);
    return this;
  }

  /** What follows the command's name in the help's first line. */
  usage(usage: string): this {
    this.#usage = usage;
    this.#program.usage(usage);
    return this;
  }

  alias(alias: string): this {
    this.#program.alias(alias);
    return this;
  }

  example(name: string, description: string): this {
    this.#examples.push({ name, description });
    return this;
  }

  /** Names the help option, or takes it away. */
  helpOption(flags: string | false, description = "Show this help."): this {
    this.#program.helpOption(flags, description);
    return this;
  }

  /** Makes a type known to this command's options and arguments, and to its subcommands'. */
  type<const Name extends string, T>(
    name: Name,
    handler: TypeOrTypeHandler<T>,
  ): Command<TOptions, TArguments, TTypes & { [K in Name]: T }> {
    this.#types.set(name, handler);
    return this as AnyCommand;
  }

  option<const Flags extends string, const O extends OptionOptions = None>(
    flags: Flags,
    description: string,
    options?: O,
  ): Command<TOptions & OptionOf<Flags, TTypes, O>, TArguments, TTypes> {
    this.#addOption(flags, description, options ?? {});
    return this as AnyCommand;
  }

  /** An option that the subcommands take, too. */
  globalOption<
    const Flags extends string,
    const O extends OptionOptions = None,
  >(
    flags: Flags,
    description: string,
    options?: O,
  ): Command<TOptions & OptionOf<Flags, TTypes, O>, TArguments, TTypes> {
    this.#program.enablePositionalOptions(false);
    return this.option(flags, description, options);
  }

  arguments<const Specs extends string>(
    specs: Specs,
  ): Command<TOptions, ArgumentsOf<Specs, TTypes>, TTypes> {
    this.#argsDefinition = specs;
    for (const spec of specs.split(/ +/)) this.#addArgument(spec);
    return this as AnyCommand;
  }

  action(
    handler: (
      this: Command<TOptions, TArguments, TTypes>,
      options: TOptions,
      ...args: TArguments
    ) => unknown,
  ): this {
    this.#program.action(async () => {
      this.#checkDepends();
      const args = this.#program.processedArgs.flat();
      while (args.length && args.at(-1) === undefined) args.pop();
      await handler.call(
        this,
        this.#program.optsWithGlobals() as TOptions,
        ...args as TArguments,
      );
    });
    return this;
  }

  command(name: string, command: Command<any, any, any>): this {
    command.#parent = this;
    this.#commands.push(command);
    this.#program.addCommand(command.name(name).#program);
    return this;
  }

  /** Lets {@linkcode Command.parse} throw a {@linkcode ValidationError} instead of leaving. */
  throwErrors(): this {
    this.#throws = true;
    return this;
  }

  /** Lets {@linkcode Command.parse} return after the help or the version, too. */
  noExit(): this {
    this.#exits = false;
    return this.throwErrors();
  }

  /** Runs the action that the command line asks for. */
  async parse(args: string[] = Deno.args): Promise<void> {
    const end = args.includes("--") ? args.indexOf("--") : args.length;
    this.#literal = args.slice(end + 1);
    this.#reset();
    try {
      await this.#program.parseAsync(args.slice(0, end), { from: "user" });
    } catch (error) {
      if (!(error instanceof Done)) return this.#fail(error);
      if (this.#exits) Deno.exit(0);
    }
  }

  /** What the command line has after `--`. */
  getLiteralArgs(): string[] {
    return this.getMainCommand().#literal;
  }

  getName(): string {
    return this.#program.name();
  }

  /** The names from the main command's down to this one's. */
  getPath(): string {
    return this.#parent ? `${this.#parent.getPath()} ${this.getName()}` : this.getName();
  }

  getDescription(): string {
    return this.#program.description();
  }

  getMainCommand(): AnyCommand {
    return this.#parent?.getMainCommand() ?? this;
  }

  getParent(): AnyCommand | undefined {
    return this.#parent;
  }

  getCommands(): AnyCommand[] {
    return [...this.#commands];
  }

  getCommand(name: string): AnyCommand | undefined {
    return this.#commands.find((command) =>
      command.getName() === name || command.#program.aliases().includes(name)
    );
  }

  /** What was given as {@linkcode Command.usage}, else the arguments as they were declared. */
  getUsage(): string {
    return this.#usage ?? this.#argsDefinition;
  }

  getExamples(): Example[] {
    return [...this.#examples];
  }

  getOptions(): OptionInfo[] {
    return [...this.#options];
  }

  /** The values that a type allows, where it says so. */
  getTypeValues(type: string): readonly unknown[] {
    const handler = this.#findType(type);
    return handler instanceof Type ? handler.values?.() ?? [] : [];
  }

  getHelp(): string {
    let help = "";
    this.#program.configureOutput({ writeOut: (text) => help += text });
    this.#program.outputHelp();
    this.#program.configureOutput({
      writeOut: (text) => console.log(text.trimEnd()),
    });
    return help.trimEnd();
  }

  showHelp(): void {
    console.log(this.getHelp());
  }

  #addOption(
    flags: string,
    description: string,
    settings: OptionOptions,
  ): void {
    const spec = /[<[].*$/.exec(flags)?.[0];
    const { type, plain } = parseSpec(spec ?? "");
    const option = new Option(
      spec ? flags.replace(spec, plain) : flags,
      description,
    );
    const key = option.attributeName();
    const info = {
      name: option.name(),
      flags: flags.slice(0, spec ? -spec.length : undefined).match(/--?[\w-]+/g) ?? [],
      description,
    };
    this.#options.push({ ...info, type: spec && type, typeDefinition: spec });

    if (settings.default !== undefined) option.default(settings.default);
    option.makeOptionMandatory(settings.required ?? false).hideHelp(
      settings.hidden ?? false,
    );
    option.conflicts(
      (settings.conflicts ?? []).map((name) => new Option(`--${name}`).attributeName()),
    );
    for (const needed of settings.depends ?? []) {
      this.#depends.push([option.name(), needed]);
    }

    const label = { label: "Option", name: `--${option.name()}`, type };
    if (spec) {
      option.argParser((value: string, previous: unknown) => {
        const first = this.#seen.get(key) === undefined;
        const before = first ? undefined : previous;
        this.#count(key, option, settings);
        const parsed = this.#parseValue({ ...label, value });
        if (settings.value) return settings.value(parsed, before);
        return settings.collect || option.variadic
          ? [...(before as unknown[] ?? []), parsed]
          : parsed;
      });
    } else {
      this.#program.on(
        `option:${option.name()}`,
        () => this.#count(key, option, settings),
      );
    }
    this.#program.addOption(option);
  }

  #count(key: string, option: Option, settings: OptionOptions): void {
    const times = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, times);
    if (times === 1 || settings.collect || settings.value || option.variadic) {
      return;
    }
    throw this.#invalid(`Option "--${option.name()}" can only occur once.`);
  }

  #addArgument(spec: string): void {
    const { name, type, plain } = parseSpec(spec);
    const argument = new Argument(plain);
    this.#program.addArgument(
      argument.argParser((value: string, previous: unknown) => {
        const parsed = this.#parseValue({
          label: "Argument",
          name,
          type,
          value,
        });
        return argument.variadic ? [...(previous as unknown[] ?? []), parsed] : parsed;
      }),
    );
  }

  #parseValue(argument: ArgumentValue): unknown {
    if (argument.type.endsWith("[]")) {
      const item = { ...argument, type: argument.type.slice(0, -2) };
      return argument.value.split(",").map((value) => this.#parseValue({ ...item, value }));
    }
    const handler = this.#findType(argument.type);
    if (!handler) throw new TypeError(`Unknown type "${argument.type}"`);
    try {
      return handler instanceof Type ? handler.parse(argument) : handler(argument);
    } catch (error) {
      if (error instanceof ValidationError) error.cmd = this;
      throw error;
    }
  }

  #findType(name: string): TypeOrTypeHandler<unknown> | undefined {
    const own = this.#types.get(name);
    if (own) return own;
    return this.#parent ? this.#parent.#findType(name) : BUILT_IN[name as keyof typeof BUILT_IN];
  }

  #checkDepends(): void {
    const given = (name: string) =>
      this.#program.getOptionValue(new Option(`--${name}`).attributeName()) !==
        undefined;
    for (const [name, needed] of this.#depends) {
      if (given(name) && !given(needed)) {
        throw this.#invalid(
          `Option "--${name}" depends on option "--${needed}".`,
        );
      }
    }
  }

  #formatExamples(): string {
    const lines = this.#examples.map(({ name, description }) => `  ${name}:\n    ${description}`);
    return lines.length ? `\nExamples:\n${lines.join("\n")}` : "";
  }

  #invalid(message: string): ValidationError {
    const error = new ValidationError(message);
    error.cmd = this;
    return error;
  }

  /** Ends a parse that commander would end the process for. */
  #leave(error: CommanderError): never {
    // A command that only has subcommands was called without one.
    if (error.code === "commander.help") this.showHelp();
    if (error.code === "commander.help" || error.exitCode === 0) {
      throw new Done();
    }
    throw Object.assign(fromCommander(error), { cmd: this });
  }

  #fail(error: unknown): void {
    if (this.#throws || !(error instanceof ValidationError)) throw error;
    (error.cmd ?? this).showHelp();
    console.error(`error: ${error.message}`);
    Deno.exit(error.exitCode);
  }

  #reset(): void {
    this.#seen.clear();
    for (const command of this.#commands) command.#reset();
  }
}
