// The order in which elements of several tensors are visited together: rows of even steps, as long as they can be.

export interface Runs {
  /** Elements of a row. */
  length: number;
  /** Step of each tensor within a row. */
  steps: readonly number[];
  /** Calls `visit` for each row with the place in the result and in each tensor. The list is the same one each time. */
  forEach(visit: (to: number, from: readonly number[]) => void): void;
}

/** `strides` of each tensor for the result's dims, in elements; 0 repeats. `offsets` are where each one begins. */
export function planRuns(dims: readonly number[], strides: readonly (readonly number[])[], offsets = strides.map(() => 0)): Runs {
  let inner = dims.length;
  let length = 1;
  // Dimensions that every tensor walks without a jump are one.
  const joins = (axis: number): boolean =>
    strides.every((steps) => axis === dims.length - 1 || (dims[axis] ?? 1) === 1 || steps[axis] === (steps[dims.length - 1] ?? 1) * length);
  while (inner > 0 && joins(inner - 1)) length *= dims[--inner] ?? 1;
  const outer = dims.slice(0, inner);
  const count = outer.reduce((product, dim) => product * dim, 1);
  return {
    length, steps: strides.map((steps) => steps.at(-1) ?? 1),
    forEach(visit) {
      const position = outer.map(() => 0);
      const from = [...offsets];
      for (let row = 0; row < count && length > 0; row++) {
        visit(row * length, from);
        advance(position, outer, { from, strides });
      }
    },
  };
}

/** To the next row: the last dimension that has one left goes on, those behind it begin again. */
function advance(
  position: number[], dims: readonly number[],
  { from, strides }: { from: number[]; strides: readonly (readonly number[])[] },
): void {
  let axis = dims.length - 1;
  const move = (by: number): void => strides.forEach((steps, i) => (from[i] = (from[i] ?? 0) + (steps[axis] ?? 0) * by));
  for (; axis >= 0 && position[axis] === (dims[axis] ?? 0) - 1; axis--) {
    move(1 - (dims[axis] ?? 0));
    position[axis] = 0;
  }
  if (axis < 0) return;
  position[axis] = (position[axis] ?? 0) + 1;
  move(1);
}

/** Strides of a tensor of `dims` when it is stretched to `target` as numpy does. */
export function stretchStrides(dims: readonly number[], target: readonly number[]): number[] {
  const offset = target.length - dims.length;
  const strides = target.map(() => 0);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i + offset] = dims[i] === 1 ? 0 : step;
    step *= dims[i] ?? 1;
  }
  return strides;
}
