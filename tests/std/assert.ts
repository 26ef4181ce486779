// `@std/assert`: npm has the module, but none of its types.
// @ts-types="./assert.d.ts"
export * from "deno-std/assert";
