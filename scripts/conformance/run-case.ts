// One case: converts its model, runs it on the plugin, compares. Every input is an argument on the device, except those
// that an operator says it needs as a constant.
import { join } from "node:path";
import { TermiteError } from "../../src/errors.ts";
import { countElements, elementBytes, resolveCarrier } from "../../src/backends/xla/convert/data-type.ts";
import { openOnnxModel } from "../../src/backends/xla/onnx/open-onnx-model.ts";
import { prepareModel } from "../../src/backends/xla/prepare-model.ts";
import type { HostTensor, PreparedModel, XlaProgram } from "../../src/backends/xla/program.ts";
import { createNativeBuffer } from "../../src/ffi/memory.ts";
import type { PjrtBuffer } from "../../src/ffi/pjrt/buffer.ts";
import type { PjrtClient } from "../../src/ffi/pjrt/client.ts";
import type { DType } from "../../src/tensor.ts";
import { listDataSets, readTensors } from "./case-data.ts";
import type { NamedTensors } from "./case-data.ts";
import { findDifference } from "./compare.ts";

export type Outcome = "pass" | "folded" | "wrong" | "unsupported" | "error";

export interface CaseResult {
  name: string;
  outcome: Outcome;
  /** What differs, what is not supported, what failed. */
  reason?: string;
  /** Names of inputs that were constants. */
  constants?: string[];
  /** The operator that was refused. */
  op?: string;
}

const DTYPES: Readonly<Record<string, DType>> = {
  i1: "bool", i8: "int8", i16: "int16", i32: "int32", i64: "int64", ui8: "uint8", ui16: "uint16", ui32: "uint32",
  ui64: "uint64", f16: "float16", bf16: "bfloat16", f32: "float32", f64: "float64",
};

export async function runCase(client: PjrtClient, folder: string): Promise<Omit<CaseResult, "name">> {
  try {
    return await runDataSets(client, folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof TermiteError) || error.code !== "unsupported_model") return { outcome: "error", reason };
    const { op, operators } = error.details ?? {};
    const ops = Array.isArray(operators) ? operators.map((node: { op: string }) => node.op).join(" ") : op;
    return { outcome: "unsupported", reason, ...(typeof ops === "string" ? { op: ops } : {}) };
  }
}

async function runDataSets(client: PjrtClient, folder: string): Promise<Omit<CaseResult, "name">> {
  const graphFile = join(folder, "model.onnx");
  const { graph } = openOnnxModel(graphFile);
  const prepared = await prepareModel({ graphFile });
  const outcomes = listDataSets(folder).map((set) => {
    const inputs = readTensors(set, "input", graph.inputs);
    const expected = readTensors(set, "output", graph.outputs);
    return runProgram(client, prepared, { inputs, expected });
  });
  const bad = outcomes.find(({ outcome }) => outcome !== "pass");
  return bad ?? outcomes[0] ?? { outcome: "error", reason: "there is no data" };
}

interface CaseData {
  inputs: NamedTensors;
  expected: NamedTensors;
}

function runProgram(client: PjrtClient, prepared: PreparedModel, data: CaseData): Omit<CaseResult, "name"> {
  const { program, constants } = convert(prepared, data.inputs);
  const executable = client.compile(program.text);
  const buffers = program.arguments.map((argument) => {
    return upload(client, argument.kind === "weight" ? prepared.weights.get(argument.name) : carry(data.inputs, argument.name));
  });
  try {
    const results = executable.execute(buffers);
    const reasons = results.flatMap((result, i) => checkResult(result, program.outputs[i], data.expected));
    results.forEach((result) => result.close());
    if (program.outputs.length !== data.expected.size) reasons.push(`${program.outputs.length} outputs, need ${data.expected.size}`);
    const extra = constants.length === 0 ? {} : { constants };
    if (reasons.length > 0) return { outcome: "wrong", reason: reasons.join("; "), ...extra };
    return { outcome: program.operations === 0 ? "folded" : "pass", ...extra };
  } finally {
    buffers.forEach((buffer) => buffer.close());
    executable.close();
  }
}

/** Asks for a program without constants, then with those that an operator asked for. */
function convert(prepared: PreparedModel, inputs: NamedTensors): { program: XlaProgram; constants: string[] } {
  const shapes = Object.fromEntries(Array.from(inputs, ([name, { dims }]) => [name, dims]));
  const constants: Record<string, HostTensor> = {};
  for (;;) {
    try {
      return { program: prepared.convert({ shapes, constants }), constants: Object.keys(constants) };
    } catch (error) {
      const wanted = error instanceof TermiteError ? error.details?.["constants"] : undefined;
      const names = Array.isArray(wanted) ? wanted.filter((name: string) => inputs.has(name) && !(name in constants)) : [];
      if (names.length === 0) throw error;
      for (const name of names) constants[name] = carry(inputs, name);
    }
  }
}

function carry(tensors: NamedTensors, name: string): HostTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`there is no data for the input "${name}"`);
  return { type: resolveCarrier(tensor.type), dims: tensor.dims, bytes: tensor.bytes };
}

function upload(client: PjrtClient, tensor: HostTensor | undefined): PjrtBuffer {
  if (tensor === undefined) throw new Error("there is no such weight");
  const dtype = DTYPES[tensor.type];
  if (dtype === undefined) throw new Error(`there is no buffer of the type ${tensor.type}`);
  const buffer = createNativeBuffer(tensor.bytes.length);
  buffer.bytes.set(tensor.bytes);
  return client.upload({ dtype, dims: tensor.dims, buffer });
}

function checkResult(result: PjrtBuffer, output: XlaProgram["outputs"][number] | undefined, expected: NamedTensors): string[] {
  const tensor = output && expected.get(output.name);
  if (output === undefined || tensor === undefined) return [`there is no expected value for "${output?.name}"`];
  const bytes = result.read().bytes.subarray(0, countElements(result.shape.dims) * elementBytes(output.type));
  const difference = findDifference({ type: output.type, dims: result.shape.dims, bytes }, tensor);
  return difference === undefined ? [] : [`${output.name}: ${difference}`];
}
