/**
 * Model files: which tensors they have, and where.
 *
 * @module
 */
export * from "./inspect.ts";
export { type Model, ModelError, type Tensor } from "./model.ts";
export { type PlacedTensor, type SelectOptions, selectTensors } from "./select.ts";
