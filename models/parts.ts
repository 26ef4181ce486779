/** A file that is one of several according to its name, as `model-00001-of-00003.gguf`. */
export interface NamedPart {
  /** Its number, from 0. */
  index: number;
  /** The paths of all files, in order, whether they exist or not. */
  paths: readonly string[];
}

const NAME = /^(.*-)(\d{1,6})(-of-)(\d{1,6})(\.gguf|\.safetensors)$/s;

/** The files of a model according to one path; null if the path names only one file. */
export function partOfName(path: string): NamedPart | null {
  const [, begin = "", number = "", of = "", total = "", end = ""] = NAME.exec(path) ?? [];
  const [index, count] = [Number(number) - 1, Number(total)];
  if (count < 2 || index < 0 || index >= count) return null;
  const numbers = Array.from({ length: count }, (_, i) => String(i + 1));
  const paths = numbers.map((each) => begin + each.padStart(number.length, "0") + of + total + end);
  return { index, paths };
}

/**
 * The sentences about files that are only a part of a model according to their names.
 */
export function describeLeftOut(paths: readonly string[]): string[] {
  const given = new Set(paths);
  const told = new Set<string>();
  return paths.flatMap((path) => {
    const part = partOfName(path);
    const [first = ""] = part?.paths ?? [];
    if (!part || told.has(first)) return [];
    told.add(first);
    const left = part.paths.filter((other) => !given.has(other)).length;
    const [has, count] = [part.paths.length - left, part.paths.length];
    if (left === 0) return [];
    const which = has === 1 ? `${path} is` : `${path} and ${has - 1} more are`;
    return [
      `${which} ${has} of the ${count} files of a model: name the others, too, for all of it`,
    ];
  });
}
