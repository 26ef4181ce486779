/**
 * A file from disk into device-shareable memory (a dma-buf, or a memfd), and back.
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
  CreateBuffer,
  PageKind,
  SharedBuffer,
} from "./copy/buffer.ts";
export { buffers, createBuffer } from "./copy/buffers/mod.ts";
export { openBuffer, type OpenBufferOptions } from "./copy/buffers/open_buffer.ts";
export type { HugePages } from "./copy/huge_pages.ts";
export { loadFile } from "./copy/load_file.ts";
export {
  layOutFiles,
  type LoadedFiles,
  loadFiles,
  type LoadFilesOptions,
} from "./copy/load_files.ts";
export {
  type FileRange,
  type LoadedFile,
  type LoadFileOptions,
  loadRanges,
  type Progress,
} from "./copy/load_ranges.ts";
export type { MethodName, Range } from "./copy/method.ts";
export type { LoadMethod } from "./copy/methods/reader.ts";
export { parsePlace, type Place } from "./copy/place.ts";
export {
  type LoadPlan,
  planLoad as plan,
  type PlanOptions,
  type Rejected,
  type Way,
} from "./copy/plan.ts";
export { type Capabilities, probe, type ProbeOptions, type UdmabufLimits } from "./copy/probe.ts";
export { saveBuffer, type SaveBufferOptions, type SavedFile } from "./copy/save_buffer.ts";
export type { Support } from "./copy/support.ts";
export { watch, type WatchedCopy } from "./copy/watch.ts";
export {
  type Handed,
  type HandedKind,
  inheritedBuffers,
  type Manifest,
  type ManifestBuffer,
  manifestOf,
  type ManifestPart,
  type OnClient,
  receiveBuffers,
  type ReceivedBuffers,
  type RunOptions,
  runWithBuffers,
  serveBuffers,
  type ServeOptions,
  type TensorName,
} from "./handover/mod.ts";
export {
  inspectModel,
  inspectModels,
  type InspectModelsOptions,
  type Model,
  ModelError,
  type PlacedTensor,
  type SelectOptions,
  selectTensors,
  type Tensor,
} from "./models/mod.ts";
export {
  type Advice,
  type CpuAccess,
  Descriptor,
  type DirectAlignment,
  type LongCall,
  Mapping,
  type MappingOptions,
  type Part,
  type Peer,
  ShimError,
  SystemError,
} from "./ffi/mod.ts";
