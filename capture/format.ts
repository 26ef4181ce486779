import type { VideoFormat } from "../ffi/mod.ts";

/** The wanted format of frames; missing fields keep the device's setting. */
export interface FormatWish {
  /** In pixels. */
  width?: number | undefined;
  /** In pixels. */
  height?: number | undefined;
  /** Frames per second. */
  rate?: number | undefined;
  /** The pixel format by V4L2's name, as "YUYV". */
  fourcc?: string | undefined;
}

const FORMAT = /^(?:(\d{1,5})x(\d{1,5}))?(?:@(\d+(?:\.\d+)?))?(?::([\x21-\x7e]{1,4}))?$/;

/**
 * Reads `1920x1080@60:YUYV`; each of the three may be left out.
 *
 * @throws {TypeError} if the text has another form
 */
export function parseFormat(text: string): FormatWish {
  const [, width, height, rate, fourcc] = FORMAT.exec(text) ?? [];
  const numbers = [width, height, rate].map((n) => n === undefined ? undefined : Number(n));
  if (text === "" || !FORMAT.test(text) || numbers.includes(0)) {
    throw new TypeError(
      `"${text}" is not a format: write it as 1920x1080@60:YUYV, or a part of that`,
    );
  }
  return { width: numbers[0], height: numbers[1], rate: numbers[2], fourcc };
}

/** `1920x1080@60:YUYV` */
export function formatText({ width, height, fourcc }: VideoFormat, rate: number | null): string {
  const at = rate === null ? "" : `@${Number(rate.toFixed(3))}`;
  return `${width}x${height}${at}:${fourcc}`;
}
