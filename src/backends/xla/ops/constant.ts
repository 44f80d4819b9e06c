// Values that stand in the graph or follow from a shape: Constant, ConstantOfShape, Range.
import type { EmitContext } from "../convert/emit-context.ts";
import { createBigInts, createNumbers, findBigArray, findNumberArray } from "../convert/host-numbers.ts";
import { pickElements } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";
import { createHost } from "../convert/value.ts";
import type { DataValue, HostValue, Value } from "../convert/value.ts";

/** One of the attributes that give the value, as a weight: the same for every program. */
function readConstant(context: EmitContext): HostValue {
  const { node } = context;
  const create = (value: HostValue): HostValue => {
    return { ...value, get bytes() { return value.bytes; }, weight: node.outputs[0] };
  };
  const [attribute] = node.attributes.values();
  switch (attribute?.kind) {
    case "tensor": {
      const { value } = attribute;
      return create({ kind: "host", type: value.type, dims: value.dims, get bytes() { return value.bytes; } });
    }
    case "int": return create(createBigInts("i64", [], () => attribute.value));
    case "ints": return create(createBigInts("i64", [attribute.value.length], (i) => attribute.value[i] ?? 0n));
    case "float": return create(createNumbers("f32", [], () => attribute.value));
    case "floats": return create(createNumbers("f32", [attribute.value.length], (i) => attribute.value[i] ?? 0));
    default: throw context.unsupported(`a constant of the kind ${attribute?.kind ?? "nothing"} is not known`);
  }
}

/** float32 zero unless the attribute says otherwise. */
function readFill(context: EmitContext): HostValue {
  const tensor = context.findAttribute("value", "tensor");
  return tensor === undefined ? createNumbers("f32", [1], () => 0) : createHost(tensor.type, tensor.dims, tensor.bytes);
}

function foldFill(context: EmitContext): HostValue[] | undefined {
  const dims = context.hostInts(0);
  return context.fits(dims) ? [pickElements(readFill(context), dims, () => 0)] : undefined;
}

function emitFill(context: EmitContext): DataValue[] {
  const { builder } = context;
  const fill = builder.constant(readFill(context).type, [], readFill(context).bytes);
  return [builder.broadcastTo(fill, context.hostInts(0))];
}

function foldRange(context: EmitContext): HostValue[] | undefined {
  const [start, limit, step] = [context.host(0), context.host(1), context.host(2)];
  const { type } = start;
  const count = countSteps(context);
  if (!context.fits([count])) return undefined;
  if (type === "i64") {
    const [first, by] = [findBigArray(start)?.[0] ?? 0n, findBigArray(step)?.[0] ?? 1n];
    return [createBigInts(type, [count], (i) => first + BigInt(i) * by)];
  }
  const [first, by] = [findNumberArray(start)?.[0], findNumberArray(step)?.[0]];
  if (first === undefined || by === undefined || limit.type !== type) return undefined;
  return [createNumbers(type, [count], (i) => first + i * by)];
}

function countSteps(context: EmitContext): number {
  const [start = 0, limit = 0, step = 1] = [0, 1, 2].flatMap((index) => context.hostFloats(index));
  return Math.max(0, Math.ceil((limit - start) / step));
}

/** Where only the number of steps is known on the host: start + i * step. */
function emitRange(context: EmitContext): Value[] {
  const { builder } = context;
  const [start, step] = [context.data(0), context.data(2)];
  const dims = [countSteps(context)];
  const steps = builder.combine("multiply", builder.iota(start.type, dims, 0), step);
  return [builder.combine("add", steps, start)];
}

export const CONSTANT: readonly Operator[] = [
  { op: "Constant", since: 1, emit: (context) => [readConstant(context)] },
  { op: "ConstantOfShape", since: 9, fold: foldFill, emit: emitFill },
  { op: "Range", since: 11, emit: emitRange, fold: foldRange },
];
