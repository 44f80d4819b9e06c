// If and Loop. What is known before anything runs is decided here: one branch, as many iterations as there are.
import { ifElse } from "../convert/control.ts";
import { isSame } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createBooleans } from "../convert/fold-elements.ts";
import { readNumbers } from "../convert/host-numbers.ts";
import type { Operator } from "../convert/operator.ts";
import { createHost, isTensor } from "../convert/value.ts";
import type { DataValue, Value } from "../convert/value.ts";
import { countElements, elementBytes } from "../convert/data-type.ts";
import type { OnnxGraph } from "../onnx/onnx-model.ts";
import { emitIterations } from "./iterations.ts";

/** Both branches become part of the program only where their results are tensors of the same shapes. */
function emitIf(context: EmitContext): readonly Value[] {
  const { builder } = context;
  const known = context.findHost(0);
  const [yes, no] = [context.graph("then_branch"), context.graph("else_branch")];
  if (known !== undefined) return context.emitGraph((readNumbers(known)[0] ?? 0) !== 0 ? yes : no);
  const branches: DataValue[][] = [];
  const emit = (graph: OnnxGraph) => (): DataValue[] => {
    const values = context.emitGraph(graph);
    const tensors = values.filter(isTensor).map((value) => context.materialize(value));
    if (tensors.length !== values.length) throw refuseConstant(context, 0);
    branches.push(tensors);
    return tensors;
  };
  const results = ifElse(builder, builder.reshape(context.data(0), []), { yes: emit(yes), no: emit(no) });
  const [first = [], second = []] = branches;
  const isAlike = first.every(({ type, dims }, i) => type === second[i]?.type && isSame(dims, second[i].dims));
  if (!isAlike) throw refuseConstant(context, 0);
  return results;
}

/** "input 0 needs to be constant", naming the graph inputs behind it. */
function refuseConstant(context: EmitContext, index: number): Error {
  try {
    context.host(index);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return context.unsupported("its number of iterations depends on data");
}

const toCondition = (context: EmitContext, value: Value | undefined): boolean | DataValue => {
  if (value?.kind === "host") return (readNumbers(value)[0] ?? 0) !== 0;
  if (value?.kind === "data") return value;
  throw context.unsupported("found a condition that is no tensor");
};

function emitLoop(context: EmitContext): readonly Value[] {
  const body = context.graph("body");
  const initial = Array.from({ length: context.inputCount - 2 }, (_, i) => context.value(i + 2));
  const results = emitIterations(context, {
    count: readCount(context),
    condition: context.has(1) ? toCondition(context, context.value(1)) : true,
    state: initial,
    outputs: body.outputs.length - 1 - initial.length,
    refuse: () => refuseConstant(context, context.has(0) && context.findHost(0) === undefined ? 0 : 1),
    body(index, state) {
      // Whoever is in the body has met its condition.
      const [next, ...values] = context.emitGraph(body, [index, createBooleans([], () => true), ...state]);
      return { condition: toCondition(context, next), state: values.slice(0, initial.length), items: values.slice(initial.length) };
    },
  });
  return [...results.state, ...results.outputs.map((output, i) => output ?? createEmpty(context, body, i + 1 + initial.length))];
}

function readCount(context: EmitContext): number | DataValue | undefined {
  if (!context.has(0)) return undefined;
  return context.findHost(0) === undefined ? context.data(0) : (context.hostInts(0)[0] ?? 0);
}

/** Without an iteration the graph has to say what an output's items would have been. */
function createEmpty(context: EmitContext, { outputs }: OnnxGraph, index: number): Value {
  const { type, dims = [undefined] } = outputs[index] ?? {};
  const known = dims.filter((dim) => typeof dim === "number");
  if (type === undefined || known.length !== dims.length) {
    throw context.unsupported("found no iteration, and an output without a shape");
  }
  return createHost(type, [0, ...known], new Uint8Array(countElements([0, ...known]) * elementBytes(type)));
}

export const CONTROL_FLOW: readonly Operator[] = [
  { op: "If", since: 1, emit: emitIf },
  { op: "Loop", since: 1, emit: emitLoop },
];
