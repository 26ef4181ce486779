import type { Captured, CaptureOptions } from "./captured.ts";
import { type Camera, openCamera } from "./camera.ts";
import { record } from "./record.ts";

/**
 * Captures frames of a V4L2 device into a ring of dma-bufs, and stores each from there while the device
 * captures the next ones. A new file gets the frames one after the other, each at a multiple of the
 * disk's block size. `FILE.jsonl` gets a line for each frame that is safely on the disk. Both agree,
 * however the capture ends.
 *
 * @throws {SystemError} `EEXIST` if there is such a file, `EBUSY` if another program captures
 * @throws {TypeError} if the device doesn't capture, or not in that format
 */
export async function capture(
  device: string,
  path: string,
  options: CaptureOptions = {},
): Promise<Captured> {
  using camera: Camera = openCamera(device, options.format);
  return await record(camera, path, options);
}
