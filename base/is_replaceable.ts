import { ifThere } from "./if_there.ts";

/** Whether a new file can replace the path: /dev/stdout, a FIFO and a folder can't be replaced. */
export function isReplaceable(path: string): boolean {
  if (/^\/(proc\/|dev\/(fd\/|std))/.test(path)) return false;
  return ifThere(() => Deno.statSync(path))?.isFile ?? true;
}
