import { type Descriptor, type FileAccess, isInMemory, openFile, SystemError } from "../ffi/mod.ts";

const EINVAL = 22;

/**
 * Opens a file to bypass the page cache.
 *
 * @throws {SystemError} `EINVAL` where that is impossible
 */
export function openDirect(
  path: string,
  options: { access?: FileAccess; name?: string } = {},
): Descriptor {
  const { name = path } = options;
  using opening = new DisposableStack();
  const file = opening.use(openFile(path, { ...options, direct: true }));
  // From Linux 6.6 on tmpfs accepts the flag, and the CPU copies even so.
  if (isInMemory(file)) {
    throw new SystemError(EINVAL, { call: "open", subject: `${name}, which is in memory` });
  }
  opening.move();
  return file;
}
