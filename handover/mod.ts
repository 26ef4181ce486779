/**
 * Buffers for other processes: handed out at a socket, and taken.
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
