// deno-lint-ignore-file no-explicit-any
import { Argument, Command as Program, type CommanderError, Option } from "commander";
import { fromCommander, unknownCommand, ValidationError } from "./errors.ts";
import type { ArgumentsOf, None, OptionOptions, WithOption } from "./infer.ts";
import { type ArgumentValue, BUILT_IN, EnumType, type TypeOrTypeHandler } from "./type.ts";

/** A command line to show in the help. */
export interface Example {
  name: string;
  description: string;
}

/** The description of an option. */
export interface OptionInfo {
  /** `["-j", "--json"]` */
  flags: string[];
  description: string;
  /** The type of its value, by name; empty where it takes none. */
  args: { type: string }[];
  /** Its value as it was declared: `<file:string>`. */
  typeDefinition: string | undefined;
  /** Its value when the command line lacks it. */
  default: unknown;
}

type AnyCommand = Command<any, any, any>;

/** Gives the values that a shell offers. */
export type CompletionHandler = () => string[];

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

/** The property that an option sets: `chunkSize` of `chunk-size`. */
function attributeOf(name: string): string {
  return new Option(`--${name}`).attributeName();
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
  readonly #completions = new Map<string, CompletionHandler>();
  readonly #arguments: { type: string }[] = [];
  readonly #commands: AnyCommand[] = [];
  readonly #options: OptionInfo[] = [];
  readonly #examples: Example[] = [];
  readonly #seen = new Set<string>();
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
      .hook("preSubcommand", (_, command) => this.#checkNoOptions(command.name()))
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

  /** Sets the text after the command's name in the help's first line. */
  usage(usage: string): this {
    this.#usage = usage;
    this.#program.usage(usage);
    return this;
  }

  example(name: string, description: string): this {
    this.#examples.push({ name, description });
    return this;
  }

  /** Makes a type known to this command's options and arguments. */
  type<const Name extends string, T>(
    name: Name,
    handler: TypeOrTypeHandler<T>,
  ): Command<TOptions, TArguments, TTypes & { [K in Name]: T }> {
    this.#types.set(name, handler);
    return this as AnyCommand;
  }

  /** Gives the values of a type that a shell offers. */
  complete(name: string, complete: CompletionHandler): this {
    this.#completions.set(name, complete);
    return this;
  }

  option<const Flags extends string, const O extends OptionOptions = None>(
    flags: Flags,
    description: string,
    options?: O,
  ): Command<WithOption<TOptions, Flags, TTypes, O>, TArguments, TTypes> {
    this.#addOption(flags, description, options ?? {});
    return this as AnyCommand;
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
      try {
        await handler.call(this, this.#program.opts() as TOptions, ...args as TArguments);
      } catch (error) {
        throw this.#blamed(error);
      }
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

  /** Also lets {@linkcode Command.parse} return after the help or the version. */
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

  /** The words of the command line after `--`. */
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

  getCommands(): AnyCommand[] {
    return [...this.#commands];
  }

  getCommand(name: string): AnyCommand | undefined {
    return this.#commands.find((command) => command.getName() === name);
  }

  /** The text of {@linkcode Command.usage}, else the arguments as they were declared. */
  getUsage(): string {
    return this.#usage ?? this.#argsDefinition;
  }

  getExamples(): Example[] {
    return [...this.#examples];
  }

  getOptions(): OptionInfo[] {
    return [...this.#options];
  }

  /** The arguments in their order, each with its type's name. */
  getArguments(): { type: string }[] {
    return [...this.#arguments];
  }

  /** The values of a type, by its name, that a shell offers. */
  getCompletion(name: string): { complete: CompletionHandler } | undefined {
    const complete = this.#completions.get(name);
    return complete && { complete };
  }

  /** A type by its name. */
  getType(name: string): { handler: TypeOrTypeHandler<unknown> } | undefined {
    const handler = this.#types.get(name) ?? BUILT_IN[name as keyof typeof BUILT_IN];
    return handler && { handler };
  }

  showHelp(): void {
    this.#program.outputHelp();
  }

  #addOption(
    flags: string,
    description: string,
    settings: OptionOptions,
  ): void {
    const spec = /[<[].*$/.exec(flags)?.[0];
    const { type, plain } = parseSpec(spec ?? "");
    const option = new Option(spec ? flags.replace(spec, plain) : flags, description);
    const key = option.attributeName();
    this.#options.push({
      flags: flags.slice(0, spec ? -spec.length : undefined).match(/--?[\w-]+/g) ?? [],
      description,
      args: spec ? [{ type }] : [],
      typeDefinition: spec,
      default: settings.default,
    });
    if (settings.default !== undefined) option.default(settings.default);
    option.conflicts((settings.conflicts ?? []).map(attributeOf));
    for (const needed of settings.depends ?? []) this.#depends.push([option.name(), needed]);

    if (spec) {
      const handler = this.getType(type)?.handler;
      // Not choices(): that would also parse.
      if (handler instanceof EnumType) option.argChoices = handler.values().map(String);
      const label = { label: "Option", name: `--${option.name()}`, type };
      option.argParser((value: string, previous: unknown) => {
        const before = this.#seen.has(key) ? previous as unknown[] : [];
        this.#count(key, option, settings);
        const parsed = this.#parseValue({ ...label, value });
        return settings.collect ? [...before, parsed] : parsed;
      });
    } else {
      this.#program.on(`option:${option.name()}`, () => this.#count(key, option, settings));
    }
    this.#program.addOption(option);
  }

  #count(key: string, option: Option, settings: OptionOptions): void {
    if (this.#seen.has(key) && !settings.collect) {
      throw this.#invalid(`Option "--${option.name()}" can only occur once.`);
    }
    this.#seen.add(key);
  }

  #addArgument(spec: string): void {
    const { name, type, plain } = parseSpec(spec);
    const argument = new Argument(plain);
    this.#arguments.push({ type });
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
    const handler = this.getType(argument.type)?.handler;
    if (!handler) throw new TypeError(`Unknown type "${argument.type}"`);
    try {
      return handler instanceof EnumType ? handler.parse(argument) : handler(argument);
    } catch (error) {
      throw this.#blamed(error);
    }
  }

  #checkDepends(): void {
    const given = (name: string) => this.#program.getOptionValue(attributeOf(name)) !== undefined;
    for (const [name, needed] of this.#depends) {
      if (given(name) && !given(needed)) {
        throw this.#invalid(`Option "--${name}" depends on option "--${needed}".`);
      }
    }
  }

  /** The genuine library takes a subcommand only as the first word. */
  #checkNoOptions(subcommand: string): void {
    if (this.#seen.size === 0) return;
    throw this.#invalid(`Write the options after the command "${subcommand}".`);
  }

  #formatExamples(): string {
    const lines = this.#examples.map(({ name, description }) => `  ${name}:\n    ${description}`);
    return lines.length ? `\nExamples:\n${lines.join("\n")}` : "";
  }

  #invalid(message: string): ValidationError {
    return this.#blamed(new ValidationError(message));
  }

  /** Notes this command in an error of usage. */
  #blamed<T>(error: T): T {
    if (error instanceof ValidationError) error.cmd ??= this;
    return error;
  }

  /** Ends a parse that commander would end the process for. */
  #leave(error: CommanderError): never {
    // A command that only has subcommands was called without one.
    if (error.code === "commander.help") this.showHelp();
    if (error.code === "commander.help" || error.exitCode === 0) throw new Done();
    const isCommand = ["commander.unknownCommand", "commander.excessArguments"].includes(
      error.code,
    );
    const [word] = this.#program.args;
    const names = this.#commands.map((command) => command.getName());
    throw this.#blamed(
      isCommand && word !== undefined && names.length > 0
        ? unknownCommand(word, names)
        : fromCommander(error),
    );
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
