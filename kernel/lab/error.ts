/** The lab failed: a build, an image or a guest. */
export class LabError extends Error {
  override name = "LabError";
  /** The last output of the failed program: lines of a build log or of the guest's console. */
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
