/** The remedy for an error of the kernel, by the error's name. */
const BY_CODE: Readonly<Record<string, string>> = {
  EACCES: "permission is missing: run as another user, or choose another place",
  EDQUOT: "your disk quota is used up: remove something, or choose another place",
  EFBIG: "the file is too large: raise ulimit -f, or choose another filesystem",
  EIO: "the disk failed: see dmesg",
  EMFILE: "this process has too many files open: raise ulimit -n, or choose a larger --split",
  ENFILE: "the system has too many files open: see /proc/sys/fs/file-max",
  ENOMEM: "there is not enough memory: free some, or see ulimit -v",
  ENOSPC: "that disk is full: make room there, or choose another place",
  EROFS: "that filesystem is read-only: choose another place",
};

/** The remedy for an error of one call, which takes precedence. */
const BY_CALL: Readonly<Record<string, string>> = {
  "io_uring_register ENOMEM":
    "the process may not lock so much memory: raise ulimit -l, or leave --method out",
};

/** The remedy for an error if its message does not name one; else null. */
export function nextStep(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  // The call is the shim's or Deno's.
  const { code = "", call } = error as Error & { code?: string; call?: string };
  return BY_CALL[`${call} ${code}`] ?? BY_CODE[code] ?? null;
}
