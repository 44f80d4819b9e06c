import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModelOverride } from "../../src/config/config.ts";
import { readManifest } from "../../src/models/read-manifest.ts";
import {
  MODULES, POOLING, createGraph, createModel, createTemporaryFolder, float32Bytes, formatSafetensors, writeFiles, type Files,
} from "./model-folder.ts";
import { rejection } from "../fixtures/test-runner.ts";

const source = (folder: string, override: ModelOverride = {}) => ({
  id: "m",
  kind: undefined,
  folder,
  graph: { variant: undefined, file: join(folder, "model.onnx"), sizeBytes: 1, modifiedMs: 0, dataFiles: [] },
  embedded: false,
  override,
});
const read = async (files: Files, override?: ModelOverride) => {
  const folder = writeFiles(createTemporaryFolder(), createModel(files));
  return (await readManifest(source(folder, override))).manifest;
};
const readFailure = async (files: Files): Promise<string> => {
  const error: unknown = await read(files).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "model_load_failed", details: { model: "m" } });
  return (error as Error).message;
};

const createPipe = (path: string) => Bun.spawnSync(["mkfifo", path]);
const linkToZero = (path: string) => symlinkSync("/dev/zero", path);

describe("readManifest() limit", () => {
  const sentence = { "sentence_bert_config.json": { max_seq_length: 256, do_lower_case: false } };
  const tokenizer = { "tokenizer_config.json": { model_max_length: 384 } };
  const config = { "config.json": { model_type: "bert", max_position_embeddings: 512 } };
  test.each<[string, Files, number, string]>([
    ["every file says one", { ...sentence, ...tokenizer, ...config }, 256, "sentence_bert_config.json"],
    ["sentence-transformers says null", { ...tokenizer, ...config, "sentence_bert_config.json": { max_seq_length: null } }, 384, "tokenizer_config.json"],
    ["the tokenizer says a million", { ...config, "tokenizer_config.json": { model_max_length: 1_000_000 } }, 512, "config.json"],
    ["the tokenizer says 1e30", { ...config, "tokenizer_config.json": { model_max_length: 1e30 } }, 512, "config.json"],
    ["the positions of RoBERTa begin at 2", { "config.json": { model_type: "xlm-roberta", max_position_embeddings: 514, pad_token_id: 1 } }, 512, "config.json"],
    ["the positions of MPNet begin at 2", { "config.json": { model_type: "mpnet", max_position_embeddings: 514 } }, 512, "config.json"],
    ["only the graph says one", {}, 7, "the graph's position table"],
    ["the graph's table has RoBERTa's two more rows", { "model.onnx": createGraph(18) }, 16, "the graph's position table"],
    ["nothing says one", { "model.onnx": "no graph" }, 512, "default: no file says it"],
  ])("comes from the first file when %s", async (_, files, maxTokens, maxTokensOrigin) => {
    expect(await read(files)).toMatchObject({ maxTokens, maxTokensOrigin });
  });
});

describe("readManifest() pooling", () => {
  test("is mean without normalisation, and says so, when there are no pooling files", async () => {
    expect(await read({})).toMatchObject({
      heads: { embed: { kind: "pool", modes: ["mean"], steps: [] }, tokens: { kind: "tokens", normalize: false } },
      poolingOrigin: "default: no pooling files",
      includePrompt: true,
      lowerCase: false,
    });
  });

  test("follows modules.json", async () => {
    const files = { "modules.json": MODULES, "1_Pooling/config.json": { ...POOLING, pooling_mode_cls_token: true, include_prompt: false } };
    expect(await read(files)).toMatchObject({
      heads: { embed: { kind: "pool", modes: ["cls", "mean"], steps: [{ kind: "normalize" }] } },
      poolingOrigin: "1_Pooling/config.json",
      includePrompt: false,
      nativeDimensions: 4,
    });
  });

  test("takes a 1_Pooling folder when there is no modules.json", async () => {
    const manifest = await read({ "1_Pooling/config.json": { word_embedding_dimension: 2, pooling_mode_cls_token: true } });
    expect(manifest).toMatchObject({ heads: { embed: { modes: ["cls"], steps: [] } }, poolingOrigin: "1_Pooling/config.json", nativeDimensions: 2 });
  });

  test("is the configuration's when it has one", async () => {
    const manifest = await read({ "modules.json": MODULES, "1_Pooling/config.json": POOLING }, { pooling: "lasttoken" });
    expect(manifest).toMatchObject({ heads: { embed: { modes: ["lasttoken"], steps: [{ kind: "normalize" }] } }, poolingOrigin: "termite.yaml" });
  });

  test("reads the files of a transformer module in its own folder", async () => {
    const manifest = await read({
      "modules.json": [{ ...MODULES[0], path: "0_Transformer" }, MODULES[1]],
      "0_Transformer/sentence_bert_config.json": { max_seq_length: 128, do_lower_case: true },
      "0_Transformer/tokenizer.json": {},
      "1_Pooling/config.json": POOLING,
    });
    expect(manifest).toMatchObject({ maxTokens: 128, lowerCase: true });
    expect(manifest.tokenizerFile).toEndWith("0_Transformer/tokenizer.json");
  });
});

const DENSE = { ...MODULES[2], path: "2_Dense", type: "sentence_transformers.models.Dense" };
const dense = (config: object = {}, weights = { weight: [1, 2, 3, 4, 5, 6], bias: [7, 8, 9] }): Files => ({
  "modules.json": [MODULES[0], MODULES[1], DENSE, MODULES[2]],
  "1_Pooling/config.json": POOLING,
  "2_Dense/config.json": {
    in_features: 2, out_features: 3, bias: true, activation_function: "torch.nn.modules.activation.Tanh", ...config,
  },
  "2_Dense/model.safetensors": formatSafetensors({
    "linear.weight": { dtype: "F32", shape: [3, 2], bytes: float32Bytes(weights.weight) },
    "linear.bias": { dtype: "F32", shape: [3], bytes: float32Bytes(weights.bias) },
  }),
});

const listSteps = async (files: Files) => {
  const head = (await read(files)).heads["embed"];
  return head?.kind === "pool" ? head.steps : [];
};

describe("readManifest() Dense", () => {
  test("becomes a step with its weights", async () => {
    const manifest = await read(dense());
    expect(await listSteps(dense())).toEqual([
      {
        kind: "dense", inFeatures: 2, outFeatures: 3, activation: "tanh",
        weight: Float32Array.of(1, 2, 3, 4, 5, 6), bias: Float32Array.of(7, 8, 9),
      },
      { kind: "normalize" },
    ]);
    expect(manifest.nativeDimensions).toBe(3);
  });

  test("has no bias when its file says so", async () => {
    const [step] = await listSteps(dense({ bias: false, activation_function: "torch.nn.modules.linear.Identity" }));
    expect(step).toMatchObject({ kind: "dense", activation: "identity" });
    expect(step).not.toHaveProperty("bias");
  });

  test.each(["ReLU", "GELU", "Sigmoid", "SiLU"])("knows the activation %s", async (name) => {
    const [step] = await listSteps(dense({ activation_function: `torch.nn.modules.activation.${name}` }));
    expect(step).toMatchObject({ activation: name.toLowerCase() as "relu" });
  });
});

describe("readManifest() prompts and dimensions", () => {
  const config = { "config_sentence_transformers.json": { prompts: { query: "query: ", passage: "passage: " }, default_prompt_name: "query" } };

  test("come from the model's files", async () => {
    const manifest = await read({ ...config, "config.json": { hidden_size: 2, matryoshka_dimensions: [1] } });
    expect(manifest).toMatchObject({
      prompts: { query: "query: ", passage: "passage: " }, defaultPrompt: "query: ", nativeDimensions: 2, dimensions: [1],
    });
  });

  test("come from the configuration first", async () => {
    const override = { prompts: { default: "", query: "Q: " }, dimensions: [8, 4] };
    expect(await read({ ...config, "config.json": { matryoshka_dimensions: [1] } }, override)).toMatchObject({
      prompts: { query: "Q: ", passage: "passage: ", default: "" }, defaultPrompt: "", dimensions: [8, 4],
    });
  });

  test("are none when no file says any", async () => {
    expect(await read({})).toMatchObject({ prompts: {}, defaultPrompt: "", nativeDimensions: undefined, dimensions: [] });
  });
});

describe("readManifest() fingerprint", () => {
  test("changes when a file that decided changes, comes or goes, and only then", async () => {
    const folder = writeFiles(createTemporaryFolder(), createModel({ "modules.json": MODULES, "1_Pooling/config.json": POOLING }));
    const fingerprint = async (override?: ModelOverride) => (await readManifest(source(folder, override))).manifest.fingerprint;
    const first = await fingerprint();
    writeFiles(folder, { "README.md": "other" });
    expect(await fingerprint()).toBe(first);
    const seen = new Set([first, await fingerprint({ pooling: "cls" })]);
    for (const files of [{ "tokenizer.json": { a: 1 } }, { "config.json": {} }, { "1_Pooling/config.json": {} }, { "model.onnx": "x" }]) {
      writeFiles(folder, files);
      seen.add(await fingerprint());
    }
    expect(seen.size).toBe(6);
  });
});

describe("readManifest() names model, file and what is wrong", () => {
  const load = (found: string) => `Cannot load model "m": ${found}`;
  test.each<[string, Files, string]>([
    ["no modules", { "modules.json": "{" }, '"modules.json" is not valid JSON'],
    ["not UTF-8", { "config.json": new Uint8Array([0x22, 0xff, 0x22]) }, '"config.json" is not valid JSON'],
    ["a wrong type", { "modules.json": { a: 1 } }, 'found Object in "modules.json", need Array'],
    ["a wrong type inside", { "modules.json": [{ path: 3, type: "x.Pooling" }] }, 'found 3 at "0.path" in "modules.json", need string'],
    ["a wrong limit", { "sentence_bert_config.json": { max_seq_length: -4 } }, 'found -4 at "max_seq_length" in "sentence_bert_config.json", need >=1'],
    ["a wrong flag", { "1_Pooling/config.json": { pooling_mode_cls_token: "yes" } }, 'found "yes" at "pooling_mode_cls_token" in "1_Pooling/config.json", need boolean'],
    ["a wrong prompt", { "config_sentence_transformers.json": { prompts: { a: 1 } } }, 'found 1 at "prompts.a" in "config_sentence_transformers.json", need string'],
    ["too large a file", { "config.json": " ".repeat(8_388_609) }, 'found 8388609 bytes in "config.json", need 8388608 or fewer'],
    ["an unknown module", { "modules.json": [{ path: "1", type: "a.b.LSTM" }] }, 'found module "a.b.LSTM" in "modules.json", need Transformer, Pooling, Dense or Normalize'],
    ["a module before pooling", { "modules.json": [MODULES[2]] }, 'found module "Normalize" out of order in "modules.json", need one Pooling before the rest'],
    ["a module outside", { "modules.json": [{ path: "../x", type: "Pooling" }] }, 'found the name "../x/config.json", which leads out of the model\'s folder'],
    ["an absolute module", { "modules.json": [{ path: "/x", type: "Pooling" }] }, 'found the name "/x/config.json", which leads out of the model\'s folder'],
    ["no pooling file", { "modules.json": [MODULES[1]] }, 'found no "1_Pooling/config.json"'],
    ["an unknown mode", { "1_Pooling/config.json": { pooling_mode: "median" } }, 'found pooling mode "median" in "1_Pooling/config.json"'],
    ["an unknown default prompt", { "config_sentence_transformers.json": { default_prompt_name: "q" } }, 'found no prompt "q", the default one of "config_sentence_transformers.json"'],
    ["an unknown activation", dense({ activation_function: "os.system" }), 'found activation_function "os.system" in "2_Dense/config.json", need one of Identity, Tanh, ReLU, GELU, Sigmoid, SiLU'],
    ["a residual Dense", dense({ use_residual: true }), 'found "use_residual" in "2_Dense/config.json", which is not supported'],
    ["a Dense for tokens", dense({ module_input_name: "token_embeddings" }), 'found "module_input_name" in "2_Dense/config.json", which is not supported'],
    ["a Dense of another width", dense({ in_features: 4 }), 'found "linear.weight" of 3x2 in "2_Dense/model.safetensors", need 3x4'],
    ["a Dense on another pooling", { ...dense(), "1_Pooling/config.json": { word_embedding_dimension: 9 } }, "found a Dense module for vectors of 2, need 9"],
    ["a Dense without a tensor", { ...dense(), "2_Dense/model.safetensors": formatSafetensors({}) }, 'found no "linear.weight" in "2_Dense/model.safetensors"'],
    ["a damaged Dense", { ...dense(), "2_Dense/model.safetensors": "short" }, '"2_Dense/model.safetensors" holds a header longer than the file'],
  ])("when there is %s", async (_, files, found) => {
    expect(await readFailure(files)).toBe(load(found));
  });

  // Opened, each would hold this thread for ever.
  test.each(["model.onnx", "model.onnx_data", "tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json"])(
    "when %s is a pipe or a device",
    async (name) => {
      for (const create of [createPipe, linkToZero]) {
        const { [name]: _, ...files } = createModel({ "1_Pooling/config.json": POOLING });
        const folder = writeFiles(createTemporaryFolder(), files);
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        create(join(folder, name));
        const graph = { ...source(folder).graph, dataFiles: name === "model.onnx_data" ? [join(folder, name)] : [] };
        const failure = await rejection(readManifest({ ...source(folder), graph }));
        expect(failure).toHaveProperty("message", load(`found "${name}", which is no file`));
      }
    },
  );

  test("when a file says nothing of its length", async () => {
    const folder = writeFiles(createTemporaryFolder(), createModel());
    symlinkSync("/proc/self/maps", join(folder, "config.json"));
    expect(await rejection(readManifest(source(folder)))).toHaveProperty("message", load('"config.json" is not valid JSON'));
  });

  test("when a file is a folder", async () => {
    const folder = writeFiles(createTemporaryFolder(), createModel());
    mkdirSync(join(folder, "config.json"));
    expect(await rejection(readManifest(source(folder)))).toHaveProperty("message", load('found "config.json", which is no file'));
  });

  test("when a Dense module has a pickle only, with the remedy", async () => {
    const { "2_Dense/model.safetensors": _, ...files } = dense();
    const error = await read({ ...files, "2_Dense/pytorch_model.bin": "pickle" }).catch((error: unknown) => error);
    expect(error).toMatchObject({
      message: load('found "2_Dense/pytorch_model.bin", need "2_Dense/model.safetensors"'),
      hint: "Save the model again with sentence-transformers: save_pretrained(folder, safe_serialization=True)",
    });
  });

  test("when there is no tokenizer", async () => {
    const folder = writeFiles(createTemporaryFolder(), { "model.onnx": createGraph() });
    expect(await rejection(readManifest(source(folder)))).toHaveProperty("message", load('found no "tokenizer.json" in its folder'));
  });
});
