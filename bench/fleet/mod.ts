/**
 * Reads results of many machines in place, with DuckDB.
 *
 * @module
 */
export { type Dimension, dimensions } from "./columns.ts";
export * from "./fleet.ts";
export { resultsQuery } from "./query.ts";
export { renderFleet, renderSpread } from "./report.ts";
