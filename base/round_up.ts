/** The least multiple of `to` that is not below `value`; neither may be negative, nor `to` zero. */
export function roundUp(value: bigint, to: bigint): bigint {
  return (value + to - 1n) / to * to;
}
