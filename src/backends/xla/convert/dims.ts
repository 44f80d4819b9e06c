// Arithmetic on dims that every part of the converter shares.

export const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** The shape that numpy would give: dims of 1 stretch. Throws `RangeError` where there is none. */
export function resolveCommonDims(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((dims) => dims[i - rank + dims.length] ?? 1).filter((size) => size !== 1);
    const [size = 1] = sizes;
    if (sizes.some((other) => other !== size)) {
      throw new RangeError(`found shapes that do not fit: ${shapes.map((dims) => `[${dims.join(", ")}]`).join(" and ")}`);
    }
    return size;
  });
}

/** Row-major steps of each dimension, in elements. */
export function resolveStrides(dims: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides.unshift(step);
    step *= dims[i] ?? 1;
  }
  return strides;
}

/** An ONNX axis, which may count from the end, as an index. Throws `RangeError` outside of the rank. */
export function resolveAxis(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(index) && index >= 0 && index < rank) return index;
  throw new RangeError(`found axis ${axis} of a tensor of rank ${rank}`);
}
