import { describe, expect, test } from "bun:test";
import { createModelReport, formatModelRows } from "../../src/cli/show-model.ts";
import type { ModelSurroundings } from "../../src/cli/show-model.ts";
import type { ModelManifest } from "../../src/models/manifest.ts";

const EMBEDDER: ModelManifest = {
  id: "BAAI/x:int8", embedded: false, graphFile: "/models/BAAI/x/model_int8.onnx", tokenizerFile: "/models/BAAI/x/tokenizer.json",
  fingerprint: "f", digest: "d", sizeBytes: 22_900_000, modifiedAt: 1, architecture: "bert", maxTokens: 512,
  maxTokensOrigin: "tokenizer_config.json", lowerCase: true, task: "embed", taskOrigin: "modules.json", labels: [], isMultiLabel: false,
  activation: "none",
  heads: {
    embed: {
      kind: "pool",
      modes: ["cls", "mean"],
      steps: [
        { kind: "dense", inFeatures: 768, outFeatures: 256, weight: new Float32Array(1), activation: "tanh" },
        { kind: "normalize" },
      ],
    },
  },
  poolingOrigin: "1_Pooling/config.json", includePrompt: false, prompts: { query: "query:\n" }, defaultPrompt: "query:\n",
  nativeDimensions: 256, dimensions: [128, 64],
};
const CLASSIFIER: ModelManifest = {
  ...EMBEDDER, id: "nli", task: "classify", taskOrigin: "config.json", heads: { logits: { kind: "logits" } }, lowerCase: false,
  labels: ["contradiction", "entailment"], activation: "softmax", inference: { entailment: 1, contradiction: 0 }, poolingOrigin: "none: nothing is pooled",
  prompts: {}, defaultPrompt: "", nativeDimensions: undefined, dimensions: [], architecture: undefined, includePrompt: true,
};
const AROUND: ModelSurroundings = {
  weights: { parameters: 22_600_000, quantization: "I8" },
  hasOwnDimensions: true,
  targets: [{ target: "onnx:cpu", library: "onnxruntime", version: "1.30.0" }],
  aliases: ["small", "text-embedding-3-small"],
};
const BARE: ModelSurroundings = { ...AROUND, weights: {}, hasOwnDimensions: false, aliases: [] };

describe("createModelReport()", () => {
  test("says where each comes from, without weights", () => {
    expect(createModelReport(EMBEDDER, AROUND)).toMatchObject({
      task: "embed", taskOrigin: "modules.json", maxTokens: 512, maxTokensOrigin: "tokenizer_config.json",
      pooling: { modes: ["cls", "mean"], origin: "1_Pooling/config.json", steps: ["dense 768 to 256, tanh", "normalize"], includePrompt: false },
      dimensions: { native: 256, permitted: [128, 64], permittedOrigin: "termite.yaml" }, inference: null,
    });
    expect(createModelReport(CLASSIFIER, BARE)).toMatchObject({
      pooling: null, dimensions: null, architecture: null, parameters: null, quantization: null,
      inference: { entailment: "entailment", contradiction: "contradiction" }, isMultiLabel: false, activation: "softmax",
    });
  });

  test("a size that no file says is null", () => {
    const { dimensions } = createModelReport({ ...EMBEDDER, nativeDimensions: undefined, dimensions: [] }, BARE);
    expect(dimensions).toEqual({ native: null, permitted: [], permittedOrigin: null });
  });
});

describe("formatModelRows()", () => {
  test("names every engine, and no version that nothing says", () => {
    const targets = [...AROUND.targets, { target: "xla:cuda", library: "pjrt-cuda", version: "" } as const];
    const rows = formatModelRows(createModelReport(EMBEDDER, { ...AROUND, targets })).filter(([property]) => property === "runs on");
    expect(rows).toEqual([["runs on", "onnx:cpu", "onnxruntime 1.30.0"], ["runs on", "xla:cuda", "pjrt-cuda"]]);
  });

  test("names every engine, and no version that nothing says", () => {
    const targets = [...AROUND.targets, { target: "xla:cuda", library: "pjrt-cuda", version: "" } as const];
    const rows = formatModelRows(createModelReport(EMBEDDER, { ...AROUND, targets })).filter(([property]) => property === "runs on");
    expect(rows).toEqual([["runs on", "onnx:cpu", "onnxruntime 1.30.0"], ["runs on", "xla:cuda", "pjrt-cuda"]]);
  });

  test("has a row for everything that an embedding model has", () => {
    expect(formatModelRows(createModelReport(EMBEDDER, AROUND))).toEqual([
      ["model", "BAAI/x:int8", ""],
      ["task", "embed", "modules.json"],
      ["graph", "/models/BAAI/x/model_int8.onnx", ""],
      ["size", "22.9 MB, 22.6M parameters, most of them I8", ""],
      ["architecture", "bert", "config.json"],
      ["max tokens", "512", "tokenizer_config.json"],
      ["lower case", "every text", "sentence_bert_config.json"],
      ["pooling", "cls + mean", "1_Pooling/config.json"],
      ["then", "dense 768 to 256, tanh", "modules.json"],
      ["then", "normalize", "modules.json"],
      ["prompt's tokens", "left out of the pooling", "1_Pooling/config.json"],
      ["dimensions", "256", ""],
      ["smaller sizes", "128, 64", "termite.yaml"],
      ["prompt query", '"query:\\n"', ""],
      ["default prompt", '"query:\\n"', ""],
      ["runs on", "onnx:cpu", "onnxruntime 1.30.0"],
      ["aliases", "small, text-embedding-3-small", "termite.yaml"],
    ]);
  });

  test("has no row for what a classifier has not", () => {
    expect(formatModelRows(createModelReport(CLASSIFIER, BARE))).toEqual([
      ["model", "nli", ""],
      ["task", "classify", "config.json"],
      ["graph", "/models/BAAI/x/model_int8.onnx", ""],
      ["size", "22.9 MB", ""],
      ["architecture", "", ""],
      ["max tokens", "512", "tokenizer_config.json"],
      ["labels", "contradiction, entailment", "config.json"],
      ["own labels by", "entailment", "config.json"],
      ["runs on", "onnx:cpu", "onnxruntime 1.30.0"],
    ]);
  });
});
