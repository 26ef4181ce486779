/**
 * The part of `@cliffy/command` 1.2 that this project's CLI uses, over the npm library `commander`.
 * It stands in where the JSR registry can't be reached: `links` in the root's deno.json points here.
 *
 * @module
 */
export { Command } from "./command.ts";
export type { Example, OptionInfo } from "./command.ts";
export { ValidationError } from "./errors.ts";
export type { OptionOptions } from "./infer.ts";
export { type ArgumentValue, EnumType, type TypeHandler } from "./type.ts";
