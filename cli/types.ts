import { type ArgumentValue, EnumType, ValidationError } from "@cliffy/command";
import { parseSize } from "./parse_size.ts";

/** `--kernel` */
export const kernelType = new EnumType(["stock", "patched", "traced", "debug"]);

/** `--clock` */
export const clockType = new EnumType(["model", "wall"]);

/** `--direction` */
export const directionType = new EnumType(["read", "write"]);

/** Sizes such as 256MiB, in bytes. */
export function sizeType({ name, value }: ArgumentValue): bigint {
  return parseSize(value, name);
}

/** A path; one that looks like an option is taken for a mistyped one. */
export function pathType({ value }: ArgumentValue): string {
  if (value.startsWith("-")) {
    throw new ValidationError(`Unknown option "${value}"; a file of that name is ./${value}.`);
  }
  return value;
}
