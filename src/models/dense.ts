// A Dense module of sentence-transformers: `config.json` and `model.safetensors` of its folder -> one step of the head.
import * as v from "valibot";
import type { Activation, DenseStep } from "../heads/head.ts";
import { createLoadError, type ModelFiles } from "./model-files.ts";
import { findFloatTensor, type FloatTensor } from "./safetensors.ts";

const Features = v.pipe(v.number(), v.integer(), v.minValue(1));

const DenseConfigSchema = v.object({
  in_features: Features,
  out_features: Features,
  bias: v.optional(v.boolean(), true),
  /** Absent is Tanh, the default of the class. */
  activation_function: v.optional(v.string(), "torch.nn.modules.activation.Tanh"),
  module_input_name: v.nullish(v.string()),
  module_output_name: v.nullish(v.string()),
  use_residual: v.nullish(v.boolean()),
});
type DenseConfig = v.InferOutput<typeof DenseConfigSchema>;

/** By the last dotted part of the class name. `GELU` is the exact one: the file cannot say another. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  Identity: "identity",
  Tanh: "tanh",
  ReLU: "relu",
  GELU: "gelu",
  Sigmoid: "sigmoid",
  SiLU: "silu",
};

/** Larger than any published one (4,096 x 4,096 in float32 is 64 MiB), small enough to read whole. */
const WEIGHTS_LIMIT_BYTES = 512 * 1024 * 1024;

/** `folder` is the module's, relative to the model's. */
export async function readDense(files: ModelFiles, folder: string): Promise<DenseStep> {
  const name = `${folder}/config.json`;
  const config = await files.readJson(name, DenseConfigSchema);
  if (config === undefined) throw createLoadError(files.model, `found no "${name}"`);
  checkPlain(files.model, name, config);
  const activation = resolveActivation(files.model, name, config.activation_function);
  const { in_features: inFeatures, out_features: outFeatures } = config;
  const read = await openWeights(files, folder);
  const weight = read("linear.weight", [outFeatures, inFeatures]);
  const step: DenseStep = { kind: "dense", inFeatures, outFeatures, weight: weight.data, activation };
  return config.bias ? { ...step, bias: read("linear.bias", [outFeatures]).data } : step;
}

/** What would be another computation is refused by name, never left out. */
function checkPlain(model: string, name: string, config: DenseConfig): void {
  const refuse = (key: string) => createLoadError(model, `found "${key}" in "${name}", which is not supported`);
  if (config.use_residual === true) throw refuse("use_residual");
  if ((config.module_input_name ?? "sentence_embedding") !== "sentence_embedding") throw refuse("module_input_name");
  if ((config.module_output_name ?? "sentence_embedding") !== "sentence_embedding") throw refuse("module_output_name");
}

function resolveActivation(model: string, name: string, className: string): Activation {
  const last = className.split(".").at(-1) ?? "";
  const activation = Object.hasOwn(ACTIVATIONS, last) ? ACTIVATIONS[last] : undefined;
  if (activation !== undefined) return activation;
  const known = Object.keys(ACTIVATIONS).join(", ");
  const found = `found activation_function ${JSON.stringify(className)} in "${name}"`;
  throw createLoadError(model, `${found}, need one of ${known}`);
}

async function openWeights(files: ModelFiles, folder: string) {
  const name = `${folder}/model.safetensors`;
  const bytes = await files.readBytes(name, WEIGHTS_LIMIT_BYTES);
  if (bytes === undefined) throw await createMissingWeights(files, folder);
  return (tensor: string, dims: readonly number[]): FloatTensor => {
    const found = readTensor(files.model, { name, bytes, tensor });
    if (found.dims.join("x") === dims.join("x")) return found;
    throw createLoadError(
      files.model,
      `found "${tensor}" of ${found.dims.join("x")} in "${name}", need ${dims.join("x")}`,
    );
  };
}

interface TensorSource {
  name: string;
  bytes: Uint8Array;
  tensor: string;
}

function readTensor(model: string, { name, bytes, tensor }: TensorSource): FloatTensor {
  try {
    const found = findFloatTensor(bytes, tensor);
    if (found !== undefined) return found;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw createLoadError(model, `"${name}" holds ${cause.message}`, { cause });
  }
  throw createLoadError(model, `found no "${tensor}" in "${name}"`);
}

/** A pickle is a program: it is never read. */
async function createMissingWeights(files: ModelFiles, folder: string) {
  const pickle = await files.find(`${folder}/pytorch_model.bin`);
  if (pickle === undefined) return createLoadError(files.model, `found no "${folder}/model.safetensors"`);
  return createLoadError(files.model, `found "${folder}/pytorch_model.bin", need "${folder}/model.safetensors"`, {
    hint: "Save the model again with sentence-transformers: save_pretrained(folder, safe_serialization=True)",
  });
}
