import { ifThere } from "./if_there.ts";

/** Whether a new file can take the path's place: not that of /dev/stdout, a FIFO or a folder. */
export function isReplaceable(path: string): boolean {
  if (/^\/(proc\/|dev\/(fd\/|std))/.test(path)) return false;
  return ifThere(() => Deno.statSync(path))?.isFile ?? true;
}
