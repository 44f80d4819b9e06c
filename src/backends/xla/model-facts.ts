// What is known of a model once it is read and converted for one shape, before anything is compiled.
import { tensorBytes } from "../../ffi/pjrt/elements.ts";
import type { ModelSource } from "../backend.ts";
import { findHeadOutput, resolveHeadOutput } from "../head-outputs.ts";
import { checkFit, resolveCellInputs } from "../token-cells.ts";
import type { CompiledModel } from "./compiled-model.ts";
import { findDType, resolveDType } from "./element-dtypes.ts";
import type { PreparedModel, XlaProgram } from "./program.ts";
import type { BucketShape, ModelFacts } from "./protocol.ts";

/** The first program: shapes, outputs and operators of a graph show in any. */
const TRIAL: BucketShape = { batch: 1, length: 16 };

type Facts = Omit<ModelFacts, "warmOrder">;

/** Of a model that is opened for tensors only: nothing is asked of its graph. */
export function readTensorFacts({ inputs }: CompiledModel, { outputs }: PreparedModel): Facts {
  const described = outputs.map((name) => ({ name, dtype: undefined, dims: [] }));
  return { inputs: inputs.map(({ name }) => name), outputs: described, weightBytes: 0, rows: {} };
}

export interface TextModel {
  compiled: CompiledModel;
  model: PreparedModel;
  source: ModelSource;
}

/** Converts once, for the smallest shape. Throws `model_load_failed` when the graph cannot do what it is opened for. */
export function readTextFacts({ compiled, model, source: { heads = [], maxTokens } }: TextModel): Facts {
  const { fixedLength } = resolveCellInputs(compiled.inputs);
  checkFit(compiled.inputs, maxTokens);
  const program = model.convert(compiled.createRequest({ ...TRIAL, length: fixedLength ?? TRIAL.length }));
  const outputs = program.outputs.map(({ name, type, dims }) => ({ name, dtype: findDType(type), dims }));
  for (const head of heads) resolveHeadOutput(outputs, head);
  return {
    inputs: compiled.inputs.map(({ name }) => name), outputs, fixedLength, weightBytes: countWeights(program, model),
    rows: readRows(model), width: readWidth(outputs),
  };
}

const readRows = ({ tableRows }: PreparedModel): ModelFacts["rows"] => {
  return { ids: tableRows?.get("input_ids"), types: tableRows?.get("token_type_ids") };
};

function readWidth(outputs: ModelFacts["outputs"]): number | undefined {
  const index = findHeadOutput(outputs, "tokens");
  return index === undefined ? undefined : outputs[index]?.dims[2];
}

const countWeights = (program: XlaProgram, { weights }: PreparedModel): number =>
  program.arguments.reduce((sum, argument) => {
    const weight = argument.kind === "weight" ? weights.get(argument.name) : undefined;
    return sum + (weight === undefined ? 0 : tensorBytes(resolveDType(weight.type), weight.dims));
  }, 0);
