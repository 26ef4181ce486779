import { exists } from "../../base/exists.ts";
import { makeWhole } from "../../base/make_whole.ts";

/** The progress of a long step; `done` of `total` if that is known. */
export interface LabProgress {
  what: string;
  done?: number;
  total?: number;
}

/** Receives the progress of builds, images and boots. */
export type OnProgress = (progress: LabProgress) => void;

/** The first 16 hex digits of the SHA-256 of some text. */
export async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

/** Runs `action` while holding the lock file at `path`; it calls `onWait` if another process holds the lock. */
export async function withLock<T>(
  path: string,
  options: { onWait: () => void; action: () => Promise<T> },
): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  const timer = setTimeout(options.onWait, 300);
  await file.lock(true).finally(() => clearTimeout(timer));
  return await options.action();
}

/**
 * The file at `path`, made on the first call: `make` writes it under a temporary name, which is
 * then renamed, while a lock keeps a second process from doing the same work.
 */
export async function makeOnce(
  path: string,
  options: {
    what: string;
    onProgress?: OnProgress | undefined;
    make: (path: string) => Promise<void>;
  },
): Promise<string> {
  if (exists(path)) return path;
  const onWait = () =>
    options.onProgress?.({ what: `waiting for another process: ${options.what}` });
  await withLock(`${path}.lock`, {
    onWait,
    action: async () => {
      if (exists(path)) return;
      options.onProgress?.({ what: options.what });
      await makeWhole(path, options.make, { temporary: `${path}.tmp` });
    },
  });
  return path;
}
