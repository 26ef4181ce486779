/**
 * Makes a file or folder under a temporary name, then renames it: whoever finds it at `path` finds
 * it whole.
 *
 * @param make Makes it at the path that it is given.
 * @param options.temporary The temporary name, where a lock keeps others from using it too: what a
 * killed process left there is removed. By default nobody else has it.
 */
export async function makeWhole(
  path: string,
  make: (temporary: string) => Promise<unknown>,
  options: { temporary?: string } = {},
): Promise<void> {
  const { temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.part` } = options;
  const remove = () => Deno.remove(temporary, { recursive: true }).catch(() => {});
  await remove();
  try {
    await make(temporary);
    await Deno.rename(temporary, path);
  } finally {
    await remove();
  }
}
