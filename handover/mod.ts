/**
 * Hands buffers to other processes at a socket, and receives them.
 *
 * @module
 */
export * from "./manifest.ts";
export * from "./notify.ts";
export * from "./receive.ts";
export { type RunOptions, runWithBuffers } from "./run.ts";
export type { OnClient } from "./_hands.ts";
export {
  checkSocketPath,
  type Handed,
  serveBuffers,
  type ServeOptions,
  type SocketAccess,
} from "./serve.ts";
