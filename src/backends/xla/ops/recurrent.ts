// RNN, GRU and LSTM, one step after another: lengths are fixed, so the steps are written out.
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { readActivations } from "./activations.ts";
import type { Activation } from "./activations.ts";

/** One direction of a recurrent node. Weights are [gates * hidden, …]. */
interface Direction {
  index: number;
  isReverse: boolean;
  activations: readonly Activation[];
}

/** What is carried from step to step, [batch, hidden] each: h, and for an LSTM c. */
type State = readonly DataValue[];

interface Cell {
  gates: number;
  states: number;
  activations: readonly string[];
  /** Makes the step of one direction out of its weights. */
  createStep(facts: StepFacts): (x: DataValue, state: State) => State;
}

interface StepFacts {
  context: EmitContext;
  hidden: number;
  /** [batch, inputs] times W, and [batch, hidden] times R, without biases. */
  project: (x: DataValue, weights: DataValue) => DataValue;
  weights: DataValue;
  recurrence: DataValue;
  /** Biases of W and of R, [gates * hidden]; absent when there are none. */
  biases: readonly [DataValue, DataValue] | undefined;
  peepholes: DataValue | undefined;
  activations: readonly Activation[];
}

function emitRecurrent(context: EmitContext, cell: Cell): DataValue[] {
  const { builder } = context;
  const isBatchFirst = context.int("layout", 0) === 1;
  const given = context.data(0);
  const x = isBatchFirst ? builder.transpose(given, [1, 0, 2]) : given;
  const directions = readDirections(context, cell);
  const runs = directions.map((direction) => runDirection(context, cell, { x, direction, isBatchFirst }));
  const stack = (values: readonly DataValue[], axis: number): DataValue =>
    builder.concatenate(values.map((value) => builder.reshape(value, value.dims.toSpliced(axis, 0, 1))), axis);
  const y = stack(runs.map(({ outputs }) => stack(outputs, 0)), 1);
  const states = Array.from({ length: cell.states }, (_, i) => stack(runs.flatMap(({ state }) => state[i] ?? []), 0));
  if (!isBatchFirst) return [y, ...states];
  return [builder.transpose(y, [2, 0, 1, 3]), ...states.map((state) => builder.transpose(state, [1, 0, 2]))];
}

function readDirections(context: EmitContext, { activations }: Cell): Direction[] {
  const name = context.string("direction", "forward");
  const reversed = name === "bidirectional" ? [false, true] : [name === "reverse"];
  const all = readActivations(context, reversed.flatMap(() => activations));
  return reversed.map((isReverse, index) => {
    return { index, isReverse, activations: all.slice(index * activations.length, (index + 1) * activations.length) };
  });
}

interface RunOptions {
  /** [steps, batch, inputs] */
  x: DataValue;
  direction: Direction;
  isBatchFirst: boolean;
}

/** The output of each step in the order of time, and the last state. */
function runDirection(context: EmitContext, cell: Cell, { x, direction, isBatchFirst }: RunOptions): { outputs: DataValue[]; state: State } {
  const { builder } = context;
  const [steps = 0, batch = 0, inputs = 0] = x.dims;
  const step = cell.createStep(readWeights(context, cell, direction));
  const hidden = context.int("hidden_size", (context.dims(2)[2] ?? 0));
  let state: State = readInitial(context, cell, { direction, isBatchFirst, dims: [batch, hidden] });
  const lengths = context.findData(4);
  const outputs: DataValue[] = [];
  for (let i = 0; i < steps; i++) {
    const time = direction.isReverse ? steps - 1 - i : i;
    const next = step(builder.reshape(builder.sliceAxis(x, 0, time, time + 1), [batch, inputs]), state);
    const isInside = lengths === undefined ? undefined : findInside(builder, lengths, time);
    state = isInside === undefined ? next : next.map((value, at) => pick(builder, isInside, value, state[at]));
    const output = state[0] ?? x;
    outputs[time] = isInside === undefined ? output : pick(builder, isInside, output, undefined);
  }
  return { outputs, state };
}

/** Texts, [batch, 1], that are longer than `time`. */
function findInside(builder: ModuleBuilder, lengths: DataValue, time: number): DataValue {
  const isInside = builder.compare("GT", lengths, builder.splat(lengths.type, lengths.dims, time));
  return builder.reshape(isInside, [lengths.dims[0] ?? 0, 1]);
}

/** Zeros without `otherwise`. */
function pick(builder: ModuleBuilder, isInside: DataValue, value: DataValue, otherwise: DataValue | undefined): DataValue {
  return builder.select(isInside, value, otherwise ?? builder.splat(value.type, value.dims, 0));
}

function readWeights(context: EmitContext, { gates }: Cell, { index, activations }: Direction): StepFacts {
  const { builder } = context;
  const part = (value: DataValue): DataValue => builder.reshape(builder.sliceAxis(value, 0, index, index + 1), value.dims.slice(1));
  const [weights, recurrence] = [part(context.data(1)), part(context.data(2))];
  const hidden = recurrence.dims[1] ?? 0;
  const bias = context.findData(3);
  const both = bias === undefined ? undefined : part(bias);
  const half = gates * hidden;
  const peepholes = context.findData(7);
  return {
    context, hidden, weights, recurrence, activations,
    project: (x, matrix) => dot(builder, x, matrix, { contracting: [[1], [1]] }),
    biases: both && [builder.sliceAxis(both, 0, 0, half), builder.sliceAxis(both, 0, half, 2 * half)],
    peepholes: peepholes && part(peepholes),
  };
}

interface InitialOptions {
  direction: Direction;
  isBatchFirst: boolean;
  dims: readonly number[];
}

/** Inputs 5 (h) and 6 (c), zeros where they are left out. */
function readInitial(context: EmitContext, { states }: Cell, { direction, isBatchFirst, dims }: InitialOptions): State {
  const { builder } = context;
  return Array.from({ length: states }, (_, i) => {
    const given = context.findData(5 + i);
    if (given === undefined) return builder.splat(context.type(0), dims, 0);
    return builder.reshape(builder.sliceAxis(given, isBatchFirst ? 1 : 0, direction.index, direction.index + 1), dims);
  });
}

/** Gate `index` of [batch, gates * hidden], or of a bias [gates * hidden]. */
function gateOf(builder: ModuleBuilder, value: DataValue, index: number, hidden: number): DataValue {
  return builder.sliceAxis(value, value.dims.length - 1, index * hidden, (index + 1) * hidden);
}

/** h' = f(x W + h R + b). */
const RNN: Cell = {
  gates: 1, states: 1, activations: ["Tanh"],
  createStep: ({ context: { builder }, project, weights, recurrence, biases, activations: [f = same] }) => (x, [h = x]) => {
    const sum = builder.binary("add", project(x, weights), project(h, recurrence));
    return [f(addBiases(builder, sum, biases))];
  },
};

/** Gates z, r, h: h' = (1 - z) * g(…) + z * h. */
const GRU: Cell = {
  gates: 3, states: 1, activations: ["Sigmoid", "Tanh"],
  createStep: ({ context, hidden, project, weights, recurrence, biases, activations: [f = same, g = same] }) => {
    const { builder } = context;
    const isReset = context.int("linear_before_reset", 0) !== 0;
    const gate = (value: DataValue, index: number): DataValue => gateOf(builder, value, index, hidden);
    return (x, [h = x]) => {
      const [fromX, fromH] = [addBias(builder, project(x, weights), biases?.[0]), addBias(builder, project(h, recurrence), biases?.[1])];
      const [z, r] = [0, 1].map((index) => f(builder.binary("add", gate(fromX, index), gate(fromH, index))));
      if (z === undefined || r === undefined) return [h];
      const matrix = builder.sliceAxis(recurrence, 0, 2 * hidden, 3 * hidden);
      const bias = biases?.[1] && gate(biases[1], 2);
      const past = isReset
        ? builder.binary("multiply", r, gate(fromH, 2))
        : addBias(builder, project(builder.binary("multiply", r, h), matrix), bias);
      const fresh = g(builder.binary("add", gate(fromX, 2), past));
      const kept = builder.binary("subtract", builder.splat(z.type, z.dims, 1), z);
      return [builder.binary("add", builder.binary("multiply", kept, fresh), builder.binary("multiply", z, h))];
    };
  },
};

/** Gates i, o, f, c; peepholes are of i, o, f. */
const LSTM: Cell = {
  gates: 4, states: 2, activations: ["Sigmoid", "Tanh", "Tanh"],
  createStep: ({ context, hidden, project, weights, recurrence, biases, peepholes, activations: [f = same, g = same, o = same] }) => {
    const { builder } = context;
    const isCoupled = context.int("input_forget", 0) !== 0;
    const peep = (value: DataValue, c: DataValue, index: number): DataValue => {
      if (peepholes === undefined) return value;
      const weight = builder.broadcastTo(gateOf(builder, peepholes, index, hidden), c.dims);
      return builder.binary("add", value, builder.binary("multiply", weight, c));
    };
    return (x, [h = x, c = x]) => {
      const sum = addBiases(builder, builder.binary("add", project(x, weights), project(h, recurrence)), biases);
      const gate = (index: number): DataValue => gateOf(builder, sum, index, hidden);
      const input = f(peep(gate(0), c, 0));
      const forget = isCoupled ? builder.binary("subtract", builder.splat(input.type, input.dims, 1), input) : f(peep(gate(2), c, 2));
      const cell = builder.binary("add", builder.binary("multiply", forget, c), builder.binary("multiply", input, g(gate(3))));
      const output = f(peep(gate(1), cell, 1));
      return [builder.binary("multiply", output, o(cell)), cell];
    };
  },
};

const same: Activation = (x) => x;

function addBias(builder: ModuleBuilder, x: DataValue, bias: DataValue | undefined): DataValue {
  return bias === undefined ? x : builder.combine("add", x, bias);
}

function addBiases(builder: ModuleBuilder, x: DataValue, biases: readonly DataValue[] | undefined): DataValue {
  return (biases ?? []).reduce((sum, bias) => addBias(builder, sum, bias), x);
}

export const RECURRENT: readonly Operator[] = [
  { op: "RNN", since: 7, emit: (context) => emitRecurrent(context, RNN) },
  { op: "GRU", since: 7, emit: (context) => emitRecurrent(context, GRU) },
  { op: "LSTM", since: 7, emit: (context) => emitRecurrent(context, LSTM) },
];
