/**
 * Moves files from the disk into device-shareable memory (a dma-buf or a memfd), and back.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, saveBuffer } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/model.bin`, "weights");
 * {
 *   using model = await loadFile(`${folder}/model.bin`, { to: "memfd", verify: true });
 *   console.log(`${model.bytes} bytes by ${model.method}, descriptor ${model.buffer.share.number}`);
 *   await saveBuffer(model.buffer, `${folder}/copy.bin`, { bytes: model.bytes });
 * }
 * assertEquals(await Deno.readTextFile(`${folder}/copy.bin`), "weights");
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */
export type {
  BufferKind,
  BufferOptions,
  IoMemory,
  PageKind,
  SharedBuffer,
  Via,
} from "./copy/buffer.ts";
export { createBuffer } from "./copy/buffers/mod.ts";
export { openBuffer, type OpenBufferOptions } from "./copy/buffers/open_buffer.ts";
export type { HugePages } from "./copy/huge_pages.ts";
export type {
  FileRange,
  LoadCost,
  LoadedBuffer,
  LoadedFile,
  LoadedFiles,
  LoadFileOptions,
  Progress,
} from "./copy/load.ts";
export { loadFile } from "./copy/load_file.ts";
export { layOutFiles, loadFiles, type LoadFilesOptions } from "./copy/load_files.ts";
export { loadRanges } from "./copy/load_ranges.ts";
export type { CgroupLimit, MemoryLimits } from "./copy/memory.ts";
export type { Failure } from "./copy/_attempt.ts";
export { type LoadMethod, loadMethods, type MethodName, type Range } from "./copy/method.ts";
export { describeObstacle, type Obstacle, type Support } from "./copy/obstacles.ts";
export { parsePlace, type Place } from "./copy/place.ts";
export { type LoadPlan, planLoad, type Rejected, type Wants } from "./copy/plan.ts";
export type { SaveMethod } from "./copy/plan_save.ts";
export { type Facts, probe, type ProbeOptions, type UdmabufLimits } from "./copy/facts.ts";
export { saveBuffer, type SaveBufferOptions, type SavedFile } from "./copy/save_buffer.ts";
export { watch, type WatchedCopy } from "./copy/watch.ts";
export type { Way } from "./copy/way.ts";
export {
  type Handed,
  type HandedKind,
  inheritedBuffers,
  type Manifest,
  type ManifestBuffer,
  manifestOf,
  type ManifestPart,
  notifyReady,
  type OnClient,
  receiveBuffers,
  type ReceivedBuffers,
  type RunOptions,
  runWithBuffers,
  serveBuffers,
  type ServeOptions,
  type TensorName,
  type TensorPlace,
} from "./handover/mod.ts";
export {
  capture,
  type Captured,
  type CaptureOptions,
  type CaptureProgress,
  formatText,
  type FormatWish,
  type IndexedFrame,
  parseFormat,
  type RingPlace,
} from "./capture/mod.ts";
export {
  restoreBuffers,
  type Restored,
  type RestoreOptions,
  type Snapshot,
  snapshotBuffers,
  type SnapshotOptions,
} from "./snapshot/mod.ts";
export {
  inspectModel,
  inspectModels,
  type InspectModelsOptions,
  layOutModels,
  type Model,
  ModelError,
  type ModelLayout,
  type PlacedFile,
  type PlacedTensor,
  runsOf,
  type SelectOptions,
  selectTensors,
  type Tensor,
  type TensorRun,
} from "./models/mod.ts";
export {
  type Advice,
  type CpuAccess,
  Descriptor,
  type DirectAlignment,
  type LongCall,
  type MappedPart,
  Mapping,
  type MappingOptions,
  pageBytes,
  type Peer,
  placeBytes,
  ShimError,
  SystemError,
} from "./ffi/mod.ts";
