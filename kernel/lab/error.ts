/** The lab could not do what was asked: a build, an image or a guest failed. */
export class LabError extends Error {
  override name = "LabError";
  /** What the failing program said last: lines of a build log or of the guest's console. */
  readonly lines: string[];

  constructor(message: string, options: { lines?: string[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.lines = options.lines ?? [];
  }
}

/** The last `count` lines of `text` that are not blank. */
export function lastLines(text: string, count: number): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "").slice(-count);
}
