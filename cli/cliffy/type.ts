import { ValidationError } from "./errors.ts";

/** What a type is asked to parse. */
export interface ArgumentValue {
  /** "Option" or "Argument". */
  label: string;
  /** `--size`, or the argument's name. */
  name: string;
  /** The text given. */
  value: string;
  /** The type's name. */
  type: string;
}

/** A function that parses a value, or throws. */
export type TypeHandler<T> = (argument: ArgumentValue) => T;

/** A way to parse the text of an option or argument. */
export abstract class Type<T> {
  abstract parse(argument: ArgumentValue): T;
  /** The values there are, for help and completion. */
  values?(): readonly (string | number | boolean)[];
}

/** What {@linkcode Command.type} takes. */
export type TypeOrTypeHandler<T> = Type<T> | TypeHandler<T>;

/** One of the values given. */
export class EnumType<const T extends string | number | boolean> extends Type<T> {
  readonly #values: readonly T[];

  constructor(values: readonly T[] | Record<string, T>) {
    super();
    this.#values = Array.isArray(values) ? values : Object.values(values);
  }

  override parse(argument: ArgumentValue): T {
    const found = this.#values.find((value) => String(value) === argument.value);
    if (found === undefined) throw invalid(argument, this.#values);
    return found;
  }

  override values(): readonly T[] {
    return this.#values;
  }
}

/** The value types of the built-in type names. */
export interface BuiltInTypes {
  string: string;
  file: string;
  integer: number;
  number: number;
  boolean: boolean;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Parsers of the built-in type names. */
export const BUILT_IN: {
  [K in keyof BuiltInTypes]: TypeHandler<BuiltInTypes[K]>;
} = {
  string: ({ value }) => value,
  file: ({ value }) => value,
  integer: (argument) => {
    if (!/^[+-]?\d+$/.test(argument.value)) throw invalid(argument);
    return Number(argument.value);
  },
  number: (argument) => {
    const value = Number(argument.value);
    if (argument.value.trim() === "" || Number.isNaN(value)) {
      throw invalid(argument);
    }
    return value;
  },
  boolean: (argument) => BOOLEANS.get(argument.value) ?? fail(argument, ["true", "false"]),
};

function fail(argument: ArgumentValue, expected: readonly unknown[]): never {
  throw invalid(argument, expected);
}

function invalid(
  argument: ArgumentValue,
  expected?: readonly unknown[],
): ValidationError {
  const { label, name, type, value } = argument;
  const hint = expected ? ` Expected values: ${expected.map((v) => `"${v}"`).join(", ")}` : "";
  return new ValidationError(
    `${label} "${name}" must be of type "${type}", but got "${value}".${hint}`,
  );
}
