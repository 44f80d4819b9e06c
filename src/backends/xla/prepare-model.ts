// From an `.onnx` file to programs: reads and checks the model once, then converts it for any shapes of its inputs.
import { TermiteError } from "../../errors.ts";
import { elementBytes, resolveCarrier } from "./convert/data-type.ts";
import type { DataType } from "./convert/data-type.ts";
import { findUnsupported, flattenValue, GraphConverter } from "./convert/convert-graph.ts";
import { formatNode } from "./convert/emit-context.ts";
import { createModelState } from "./convert/model-state.ts";
import type { ModelState } from "./convert/model-state.ts";
import { ModuleBuilder } from "./convert/module-builder.ts";
import { isTensor } from "./convert/value.ts";
import type { DataValue, Value } from "./convert/value.ts";
import { emitHead } from "./heads/emit-head.ts";
import { openOnnxModel } from "./onnx/open-onnx-model.ts";
import type { OnnxGraph, OnnxModel, OnnxValueInfo } from "./onnx/onnx-model.ts";
import { findTableRows } from "./table-rows.ts";
import type { Precision } from "../../target.ts";
import type { ConvertRequest, GraphInput, PreparedModel, XlaProgram } from "./program.ts";

export interface PrepareOptions {
  /** Absolute path of the `.onnx` file. */
  graphFile: string;
  /** Of matrix products, on request: float32 with HIGHEST precision unless told otherwise. */
  precision?: Precision;
}

/** How many unknown operators an error names one by one. */
const MOST_NAMED = 12;

/** Blocking work of some ten milliseconds. Throws `model_load_failed` or `unsupported_model`. */
export async function prepareModel({ graphFile, precision }: PrepareOptions): Promise<PreparedModel> {
  const model = openOnnxModel(graphFile);
  checkOperators(model.graph);
  const state = createModelState();
  return {
    inputs: model.graph.inputs.map(describeInput),
    outputs: model.graph.outputs.map(({ name }) => name),
    weights: state.weights,
    tableRows: findTableRows(model.graph),
    convert: (request) => convertModel({ model, state, precision }, request),
    releaseWeights: state.release,
  };
}

/** All at once: a person who has to choose another model wants to know how far this one is away. */
function checkOperators({ nodes, ...graph }: OnnxGraph): void {
  const unknown = findUnsupported({ nodes, ...graph });
  if (unknown.length === 0) return;
  const kinds = new Map(unknown.map((node) => [`${node.domain}:${node.op}:${node.opset}`, node]));
  const named = Array.from(kinds.values(), formatNode).slice(0, MOST_NAMED);
  const rest = kinds.size > MOST_NAMED ? ` and ${kinds.size - MOST_NAMED} more` : "";
  throw new TermiteError("unsupported_model", `Cannot convert the model: found ${named.join(", ")}${rest}, which XLA cannot run`, {
    hint: "Serve the model with ONNX Runtime (backend_priority: [onnx])",
    details: { operators: unknown.map(({ domain, op, opset, name }) => ({ domain, op, opset, node: name })) },
  });
}

function describeInput({ name, type, dims }: OnnxValueInfo): GraphInput {
  return { name, type: resolveCarrier(type ?? "f32"), ...(dims === undefined ? {} : { dims }) };
}

interface Prepared {
  model: OnnxModel;
  state: ModelState;
  precision: Precision | undefined;
}

function convertModel({ model, state, precision }: Prepared, request: ConvertRequest): XlaProgram {
  const builder = new ModuleBuilder(precision);
  const converter = new GraphConverter(builder, state);
  const inputs = new Map(model.graph.inputs.flatMap((info) => {
    const value = createInput(info, request, converter);
    return value === undefined ? [] : [[info.name, value] as const];
  }));
  const values = converter.convert(model.graph, inputs);
  const outputs = collectOutputs(values, request, converter);
  const { text, outputs: types } = builder.finish(outputs.map(({ value }) => value));
  return {
    text, arguments: converter.arguments, operations: builder.operations,
    outputs: types.map((type, i) => ({ name: outputs[i]?.name ?? "", ...type })),
  };
}

/** Items of a sequence are arguments of their own: "name:0", "name:1", … */
function createInput(info: OnnxValueInfo, { shapes, constants = {} }: ConvertRequest, converter: GraphConverter): Value | undefined {
  const { name, type = "f32", kind } = info;
  const constant = constants[name];
  if (constant !== undefined) return { kind: "host", type: agree(type, constant.type), dims: constant.dims, bytes: constant.bytes };
  const dims = shapes[name];
  if (dims !== undefined) return converter.addInput(name, { type, dims });
  if (kind === "tensor" || kind === "other") {
    throw new TermiteError("unsupported_model", `Cannot convert the model: found no shape for the input ${JSON.stringify(name)}`);
  }
  const items = createItems(info, shapes, converter);
  if (kind === "sequence") return { kind, items };
  return { kind, value: info.isSequence === true && items.length > 0 ? { kind: "sequence", items } : items[0] };
}

function createItems({ name, type = "f32" }: OnnxValueInfo, shapes: ConvertRequest["shapes"], converter: GraphConverter): DataValue[] {
  const items: DataValue[] = [];
  for (let dims = shapes[`${name}:0`]; dims !== undefined; dims = shapes[`${name}:${items.length}`]) {
    items.push(converter.addInput(`${name}:${items.length}`, { type, dims }));
  }
  return items;
}

/** The graph's own type, which may be narrower than what carries it. */
const agree = (type: DataType, found: DataType): DataType => (elementBytes(type) === elementBytes(found) ? type : found);

function collectOutputs(
  values: ReadonlyMap<string, Value>, { head, hasPoolFrom }: ConvertRequest, converter: GraphConverter,
): { name: string; value: DataValue }[] {
  const named = Array.from(values).flatMap(([name, value]) => flattenValue(name, value));
  if (head === undefined) return named.map(({ name, value }) => ({ name, value: converter.materialize(value) }));
  const tensors = Array.from(values).flatMap(([name, value]) => (isTensor(value) ? [{ name, value: converter.materialize(value) }] : []));
  const result = emitHead({ head, hasPoolFrom }, {
    builder: converter.builder,
    input: (name, type, dims) => converter.addInput(name, { type, dims }),
    weight: (name, type, dims) => converter.addWeight(name, { type, dims }),
  }, tensors);
  return [{ name: "head", value: result }];
}
