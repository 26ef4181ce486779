/** A type of a tensor's elements. */
export interface GgmlType {
  /** Its name in ggml. */
  name: string;
  /** The number of elements in a block. */
  elements: bigint;
  /** The size of a block in bytes. */
  bytes: bigint;
}

/**
 * Types by their numbers: `enum ggml_type` in ggml/include/ggml.h, and the structs `block_*` in
 * ggml/src/ggml-common.h. Other numbers were given up, or are newer.
 */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map(
  ([
    [0, "F32", 1n, 4n],
    [1, "F16", 1n, 2n],
    [2, "Q4_0", 32n, 18n],
    [3, "Q4_1", 32n, 20n],
    [6, "Q5_0", 32n, 22n],
    [7, "Q5_1", 32n, 24n],
    [8, "Q8_0", 32n, 34n],
    [9, "Q8_1", 32n, 36n],
    [10, "Q2_K", 256n, 84n],
    [11, "Q3_K", 256n, 110n],
    [12, "Q4_K", 256n, 144n],
    [13, "Q5_K", 256n, 176n],
    [14, "Q6_K", 256n, 210n],
    [15, "Q8_K", 256n, 292n],
    [16, "IQ2_XXS", 256n, 66n],
    [17, "IQ2_XS", 256n, 74n],
    [18, "IQ3_XXS", 256n, 98n],
    [19, "IQ1_S", 256n, 50n],
    [20, "IQ4_NL", 32n, 18n],
    [21, "IQ3_S", 256n, 110n],
    [22, "IQ2_S", 256n, 82n],
    [23, "IQ4_XS", 256n, 136n],
    [24, "I8", 1n, 1n],
    [25, "I16", 1n, 2n],
    [26, "I32", 1n, 4n],
    [27, "I64", 1n, 8n],
    [28, "F64", 1n, 8n],
    [29, "IQ1_M", 256n, 56n],
    [30, "BF16", 1n, 2n],
    [34, "TQ1_0", 256n, 54n],
    [35, "TQ2_0", 256n, 66n],
    [39, "MXFP4", 32n, 17n],
    [40, "NVFP4", 64n, 36n],
    [41, "Q1_0", 128n, 18n],
  ] as const).map(([number, name, elements, bytes]) => [number, { name, elements, bytes }]),
);
