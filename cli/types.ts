import { type ArgumentValue, EnumType, ValidationError } from "@cliffy/command";
import { exists } from "../base/exists.ts";
import { parseSize } from "../terminal/parse_size.ts";

/** `--kernel` */
export const kernelType = new EnumType(["stock", "patched", "traced", "debug", "rw-iter"]);

/** `--base` */
export const baseType = new EnumType(["6.12", "7.3"]);

/** `--clock` */
export const clockType = new EnumType(["model", "wall"]);

/** `--direction` */
export const directionType = new EnumType(["read", "write"]);

/** Sizes such as 256MiB, in bytes. */
export function sizeType({ name, value }: ArgumentValue): bigint {
  return parseSize(value, name);
}

/** What Deno makes of bytes that are not UTF-8. */
const REPLACED = "\ufffd";

/** A path; one that looks like an option is taken for a mistyped one. */
export function pathType({ value }: ArgumentValue): string {
  if (value.startsWith("-")) {
    throw new ValidationError(`Unknown option "${value}"; a file of that name is ./${value}.`);
  }
  if (value.includes(REPLACED) && !exists(value)) {
    throw new ValidationError(
      `the name "${value}" is not UTF-8: write /proc/self/fd/3 instead, and after all else 3< ` +
        "and the name, so that the shell opens it",
    );
  }
  return value;
}
