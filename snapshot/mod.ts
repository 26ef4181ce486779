/**
 * Saves the buffers that a task shares in a folder, and restores them after the task or the machine has ended.
 *
 * @module
 */
export { restoreBuffers, type Restored, type RestoreOptions } from "./restore.ts";
export { type Snapshot, snapshotBuffers, type SnapshotOptions } from "./save.ts";
