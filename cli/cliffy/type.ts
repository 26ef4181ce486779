import { ValidationError } from "./errors.ts";

/** A value for a type to parse. */
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

/** The argument of {@linkcode Command.type}. */
export type TypeOrTypeHandler<T> = EnumType<T> | TypeHandler<T>;

/** A type that allows only the given values. */
export class EnumType<const T> {
  readonly #values: readonly T[];

  constructor(values: readonly T[]) {
    this.#values = values;
  }

  parse({ label, name, type, value }: ArgumentValue): T {
    const found = this.#values.find((allowed) => allowed === value);
    if (found !== undefined) return found;
    const expected = this.#values.map((allowed) => `"${allowed}"`).join(", ");
    throw new ValidationError(
      `${label} "${name}" must be of type "${type}", but got "${value}". Expected values: ${expected}`,
    );
  }

  /** The allowed values, for help and completion. */
  values(): readonly T[] {
    return this.#values;
  }
}

/** The value types of the built-in type names. */
export interface BuiltInTypes {
  string: string;
  file: string;
  integer: number;
}

/** Parsers of the built-in type names. */
export const BUILT_IN: { [K in keyof BuiltInTypes]: TypeHandler<BuiltInTypes[K]> } = {
  string: ({ value }) => value,
  file: ({ value }) => value,
  integer: ({ label, name, type, value }) => {
    if (/^[+-]?\d+$/.test(value)) return Number(value);
    throw new ValidationError(`${label} "${name}" must be of type "${type}", but got "${value}".`);
  },
};
