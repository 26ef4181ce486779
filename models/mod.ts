/**
 * Reads model files: the names of their tensors and their places.
 *
 * @module
 */
export * from "./files.ts";
export * from "./inspect.ts";
export * from "./inspect_models.ts";
export * from "./lay_out.ts";
export { type Model, ModelError, type Tensor } from "./model.ts";
export { describeLeftOut } from "./parts.ts";
export {
  describeTwice,
  type PlacedTensor,
  runsOf,
  type SelectOptions,
  selectTensors,
  type TensorRun,
} from "./select.ts";
