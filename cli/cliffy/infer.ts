// deno-lint-ignore-file no-explicit-any
import type { BuiltInTypes } from "./type.ts";

/** Options of {@linkcode Command.option}. */
export interface OptionOptions {
  /** The command line must have it. */
  required?: boolean;
  /** Value when the command line lacks it. */
  default?: unknown;
  /** May be repeated; the values become an array. */
  collect?: boolean;
  /** Names of options that can't be given along. */
  conflicts?: string[];
  /** Names of options that must be given along. */
  depends?: string[];
  /** Leave it out of the help. */
  hidden?: boolean;
  /** Maps the parsed value. */
  value?: (value: any, previous?: any) => any;
}

/** Nothing known yet. */
export type None = Record<never, never>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** `--json [file:string]` → `["json", "[file:string]"]` */
type Split<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${infer Value}` ? [Name, Value] : [Rest, ""]
  : [string, ""];

type Inner<Spec extends string> = Spec extends `<${infer I}>` | `[${infer I}]` ? I
  : never;

type Resolve<Name extends string, Types> = Name extends `${infer Item}[]` ? Resolve<Item, Types>[]
  : Name extends keyof Types ? Types[Name]
  : Name extends keyof BuiltInTypes ? BuiltInTypes[Name]
  : unknown;

type ItemOf<Spec extends string, Types> = Inner<Spec> extends `${string}:${infer Name}`
  ? Resolve<Name, Types>
  : string;

type IsVariadic<Spec extends string> = Inner<Spec> extends `${string}...${string}` ? true : false;

type ValueOf<Spec extends string, Types> = IsVariadic<Spec> extends true ? ItemOf<Spec, Types>[]
  : ItemOf<Spec, Types>;

type FlagValue<Spec extends string, Types> = Spec extends "" ? true
  : Spec extends `[${string}` ? true | ValueOf<Spec, Types>
  : ValueOf<Spec, Types>;

type Mapped<Value, O> = O extends { value: (...args: any[]) => infer R } ? R
  : O extends { collect: true } ? Value[]
  : Value;

type Widened<Value, O> = O extends { default: infer D } ? Value | Widen<D>
  : Value;

type Widen<D> = D extends boolean ? boolean : D;

type Present<O> = O extends { required: true } | { default: NonNullable<unknown> } ? true : false;

type Property<Name extends string, Value, O> = Present<O> extends true
  ? { [K in Camel<Name>]: Value }
  : { [K in Camel<Name>]?: Value };

/** The property that an option adds to what an action gets. */
export type OptionOf<Flags extends string, Types, O> = Split<Flags> extends
  [infer Name extends string, infer Spec extends string]
  ? Name extends `no-${infer Positive}` ? { [K in Camel<Positive>]: boolean }
  : Property<Name, Widened<Mapped<FlagValue<Spec, Types>, O>, O>, O>
  : never;

/** The parameters that `<src:file> [dst:string]` adds to an action. */
export type ArgumentsOf<Specs extends string, Types> = Specs extends `${infer First} ${infer Rest}`
  ? [...ArgumentOf<First, Types>, ...ArgumentsOf<Rest, Types>]
  : ArgumentOf<Specs, Types>;

type ArgumentOf<Spec extends string, Types> = IsVariadic<Spec> extends true ? ItemOf<Spec, Types>[]
  : Spec extends `[${string}` ? [ItemOf<Spec, Types>?]
  : [ItemOf<Spec, Types>];
