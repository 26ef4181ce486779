import { type ArgumentValue, EnumType, ValidationError } from "@cliffy/command";
import { exists } from "../base/exists.ts";
import { directions } from "../bench/result.ts";
import { loadMethods } from "../copy/method.ts";
import { archs } from "../kernel/lab/arch.ts";
import { bases } from "../kernel/lab/bases.ts";
import { debianKernels } from "../kernel/lab/debian_kernels.ts";
import { filesystems } from "../kernel/lab/filesystems.ts";
import { clocks } from "../kernel/lab/machine.ts";
import { variants } from "../kernel/lab/variants.ts";
import { parseSize } from "../terminal/parse_size.ts";

/** Smaller pages there are none. */
const PAGE_BYTES = 4096n;

/** `--kernel` */
export const kernelType = new EnumType(variants);

/** `--kernel` where it may be one that Debian built */
export const anyKernelType = new EnumType([...variants, ...debianKernels]);

/** `--base` */
export const baseType = new EnumType(bases);

/** `--arch` */
export const archType = new EnumType(archs);

/** `--clock` */
export const clockType = new EnumType(clocks);

/** `--filesystem` */
export const filesystemType = new EnumType(filesystems);

/** `--direction` */
export const directionType = new EnumType(directions);

/** `--method` */
export const methodType = new EnumType(loadMethods);

/** Sizes such as 256MiB, in bytes. */
export function sizeType({ name, value }: ArgumentValue): bigint {
  return parseSize(value, name);
}

/** Sizes of whole pages, in bytes. */
export function pagesType(argument: ArgumentValue): bigint {
  const bytes = sizeType(argument);
  if (bytes % PAGE_BYTES === 0n) return bytes;
  throw new ValidationError(
    `${argument.name} "${argument.value}" is not a multiple of ${PAGE_BYTES} bytes`,
  );
}

/** Whole numbers within limits. */
export function numberType(
  { least, most = Number.MAX_SAFE_INTEGER }: { least: number; most?: number },
): (argument: ArgumentValue) => number {
  return ({ name, value }) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    const limits = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `from ${least}`;
    throw new ValidationError(`${name} must be a whole number ${limits}, not "${value}"`);
  };
}

/** A count, at least 1. */
export const countType = numberType({ least: 1 });

/** A seed of random numbers. */
export const seedType = numberType({ least: 0 });

/** `--sha256` */
export function sha256Type({ name, value }: ArgumentValue): string {
  if (/^[0-9a-f]{64}$/i.test(value)) return value;
  throw new ValidationError(`${name} "${value}" is not a SHA-256: that has 64 hexadecimal digits`);
}

/** `--mode`, as chmod(1) has it. */
export function modeType({ name, value }: ArgumentValue): number {
  const mode = /^0?[67][0-7]{2}$/.test(value) ? parseInt(value, 8) : NaN;
  if (mode >= 0) return mode;
  throw new ValidationError(
    `${name} "${value}" is not a mode: write 600 (this user), 660 (the group too) or 666 (everybody)`,
  );
}

/** The character that Deno puts in place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";

/** A path; a path that looks like an option counts as a mistyped option. */
export function pathType({ value }: ArgumentValue): string {
  if (value.startsWith("-")) {
    throw new ValidationError(`Unknown option "${value}"; a file of that name is ./${value}.`);
  }
  if (value.includes(REPLACED) && !exists(value)) {
    throw new ValidationError(
      `the name "${value}" is not UTF-8: write /proc/self/fd/3 instead, and at the end 3< ` +
        "and the name, so that the shell opens it",
    );
  }
  return value;
}
