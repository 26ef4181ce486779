/**
 * The buffers that a task shares, kept in a folder over the end of the task, or of the machine.
 *
 * @module
 */
export { restoreBuffers, type Restored, type RestoreOptions } from "./restore.ts";
export { type Snapshot, snapshotBuffers, type SnapshotOptions } from "./save.ts";
