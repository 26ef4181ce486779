/** A tensor of 32-bit floats. */
export interface Weights {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

const WIDTH = 256;

/** Two small layers; the values are waves, so that each tensor is known by its first numbers. */
export function sampleWeights(): Weights[] {
  return [0, 1].flatMap((layer) => [
    { name: `layer.${layer}.weight`, shape: [WIDTH, WIDTH], values: wave(WIDTH * WIDTH, layer) },
    { name: `layer.${layer}.bias`, shape: [WIDTH], values: wave(WIDTH, layer + 0.5) },
  ]);
}

function wave(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.cos(index / 10 + phase));
}

/** Writes tensors in the format of https://github.com/huggingface/safetensors: header, then data. */
export async function writeSafetensors(path: string, tensors: readonly Weights[]): Promise<void> {
  let end = 0;
  const entries = tensors.map(({ name, shape, values }) => {
    const start = end;
    end += values.byteLength;
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  // The data begins at a multiple of 8: spaces may end the header.
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = new BigUint64Array([BigInt(header.length)]);
  const data = tensors.map(({ values }) => values.slice());
  await Deno.writeFile(path, new Blob([length, header, ...data]).stream());
}
