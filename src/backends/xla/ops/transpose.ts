// Transpose: dims in another order, reversed unless told otherwise.
import { resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { walkElements } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";

const resolvePermutation = (context: EmitContext): readonly number[] =>
  context.ints("perm", context.dims(0).map((_, i) => i).toReversed());

export const TRANSPOSE: readonly Operator[] = [{
  op: "Transpose", since: 1,
  emit: (context) => [context.builder.transpose(context.data(0), resolvePermutation(context))],
  fold(context) {
    const value = context.host(0);
    const permutation = resolvePermutation(context);
    const strides = resolveStrides(value.dims);
    const pick = (numbers: readonly number[]): number[] => permutation.map((axis) => numbers[axis] ?? 0);
    return context.fits(value.dims) ? [walkElements(value, pick(value.dims), { strides: pick(strides) })] : undefined;
  },
}];
