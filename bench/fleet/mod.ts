/**
 * Results of many machines, read by DuckDB where they lie.
 *
 * @module
 */
export { type Dimension, dimensions } from "./columns.ts";
export * from "./fleet.ts";
export { resultsQuery } from "./query.ts";
export { renderFleet } from "./report.ts";
