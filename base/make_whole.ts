/**
 * Makes a file or folder under a temporary name, then renames it, so that `path` never names an
 * incomplete one.
 *
 * @param make Makes the file or folder at the path in its argument.
 * @param options.temporary The temporary name, if a lock protects it: anything that a killed process
 * left there is removed. @default a unique name
 */
export async function makeWhole(
  path: string,
  make: (temporary: string) => Promise<unknown>,
  options: { temporary?: string } = {},
): Promise<void> {
  const { temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.part` } = options;
  const remove = () => Deno.remove(temporary, { recursive: true }).catch(() => {});
  // To remove nothing throws, which takes V8 milliseconds the first time.
  if (options.temporary !== undefined) await remove();
  try {
    await make(temporary);
    await Deno.rename(temporary, path);
  } catch (error) {
    await remove();
    throw error;
  }
}
