/** The size limit of a pointer in Git LFS. */
export const MAX_POINTER_BYTES = 1024;

/**
 * The sentence about a file that is a pointer of Git LFS to the real file; null if it is not.
 */
export function describePointer(path: string, text: string): string | null {
  if (!text.startsWith("version https://git-lfs.github.com/spec/")) return null;
  const size = /^size (\d+)$/m.exec(text)?.[1] ?? "some";
  const slash = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  const command = `git ${folder ? `-C ${folder} ` : ""}lfs pull --include ${name}`;
  return `${path} is a Git LFS pointer to a file of ${size} bytes, not that file: run ${command}`;
}
