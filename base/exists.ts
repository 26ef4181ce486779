import { ifThere } from "./if_there.ts";

/** Whether a path leads to anything. */
export function exists(path: string): boolean {
  return ifThere(() => Deno.statSync(path)) !== null;
}
