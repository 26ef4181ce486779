import type { BuiltInTypes } from "./type.ts";

/** Options of {@linkcode Command.option}. */
export interface OptionOptions {
  /** Value when the command line lacks it. */
  default?: unknown;
  /** May be repeated; the values become an array. */
  collect?: boolean;
  /** Names of options that can't be given along. */
  conflicts?: string[];
  /** Names of options that must be given along. */
  depends?: string[];
}

/** The type of a command without options. */
export type None = Record<never, never>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** `--json <file:string>` → `["json", "<file:string>"]` */
type Split<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${infer Value}` ? [Name, Value] : [Rest, ""]
  : [string, ""];

type Inner<Spec extends string> = Spec extends `<${infer I}>` | `[${infer I}]` ? I : never;

type Resolve<Name extends string, Types> = Name extends keyof Types ? Types[Name]
  : Name extends keyof BuiltInTypes ? BuiltInTypes[Name]
  : unknown;

type ValueOf<Spec extends string, Types> = Spec extends "" ? true
  : Inner<Spec> extends `${string}:${infer Name}` ? Resolve<Name, Types>
  : string;

type Collected<Value, O> = O extends { collect: true } ? Value[] : Value;

type Property<Name extends string, Value, O> = O extends { default: infer D }
  ? { [K in Camel<Name>]: Value | D }
  : { [K in Camel<Name>]?: Value | undefined };

/** The options of an action, plus one more. */
export type WithOption<TOptions, Flags extends string, Types, O> = Split<Flags> extends
  [infer Name extends string, infer Spec extends string]
  ? Name extends `no-${infer Positive}` ? Negatable<TOptions, Camel<Positive>>
  : TOptions & Property<Name, Collected<ValueOf<Spec, Types>, O>, O>
  : never;

/** Beside `--verify`, `--no-verify` makes the option optional; alone, its default is true. */
type Negatable<TOptions, Name extends string> = Name extends keyof TOptions
  ? Omit<TOptions, Name> & { [K in Name]?: boolean | undefined }
  : TOptions & { [K in Name]: boolean };

/** The parameters that `<src:file> [dst:string]` adds to an action. */
export type ArgumentsOf<Specs extends string, Types> = Specs extends `${infer First} ${infer Rest}`
  ? [...ArgumentOf<First, Types>, ...ArgumentsOf<Rest, Types>]
  : ArgumentOf<Specs, Types>;

type ArgumentOf<Spec extends string, Types> = Inner<Spec> extends `${string}...${string}`
  ? ValueOf<Spec, Types>[]
  : Spec extends `[${string}` ? [ValueOf<Spec, Types>?]
  : [ValueOf<Spec, Types>];
