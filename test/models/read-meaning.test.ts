// What comes out of a model of each task, through `readManifest()`.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ModelOverride } from "../../src/config/config.ts";
import type { ModelKind } from "../../src/models/model-name.ts";
import { readManifest } from "../../src/models/read-manifest.ts";
import { createGraph, createModel, createTemporaryFolder, MODULES, POOLING, writeFiles, type Files } from "./model-folder.ts";
import { rejection } from "../fixtures/test-runner.ts";

interface Place {
  override?: ModelOverride;
  kind?: ModelKind;
}

const openManifest = (files: Files, { override = {}, kind }: Place = {}) => {
  const folder = writeFiles(createTemporaryFolder(), createModel(files));
  const graph = { variant: undefined, file: join(folder, "model.onnx"), sizeBytes: 1, modifiedMs: 0, dataFiles: [] };
  return readManifest({ id: "m", kind, folder, graph, embedded: false, override });
};
const read = async (files: Files, place?: Place) => (await openManifest(files, place)).manifest;

/** A graph that gives logits of these sizes behind the batch's. */
const logits = (...dims: (number | string)[]): Files => ({
  "model.onnx": createGraph(7, [{ name: "logits", element: "float32", dims: ["batch", ...dims] }]),
});
const config = (architecture: string, more: object = {}): Files => ({
  "config.json": { model_type: "bert", architectures: [`Bert${architecture}`], max_position_embeddings: 64, ...more },
});
const NER = { id2label: { "0": "O", "1": "B-PER", "2": "I-PER" } };
const NLI = { id2label: { "0": "entailment", "1": "contradiction" }, problem_type: "multi_label_classification" };
const MLM = { path: "", type: "sentence_transformers.sparse_encoder.models.MLMTransformer" };
const SPLADE = { path: "1_SpladePooling", type: "sentence_transformers.sparse_encoder.models.SpladePooling" };

const SCORES = { poolingOrigin: "none: nothing is pooled", includePrompt: true, nativeDimensions: undefined, dimensions: [] };

describe("readManifest() task", () => {
  test("is rerank for a classifier of one label, without pooling files", async () => {
    const manifest = await read({ ...config("ForSequenceClassification", { id2label: { "0": "LABEL_0" }, hidden_size: 2 }), ...logits(1) });
    expect(manifest).toMatchObject({
      task: "rerank", taskOrigin: "config.json", heads: { logits: { kind: "logits" } }, labels: ["LABEL_0"],
      isMultiLabel: false, maxTokens: 64, maxTokensOrigin: "config.json", ...SCORES,
    });
    expect(Object.keys(manifest.heads)).toEqual(["logits"]);
    expect(manifest.inference).toBeUndefined();
  });

  test("is classify for one of several labels, with what infers", async () => {
    expect(await read({ ...config("ForSequenceClassification", NLI), ...logits(2) })).toMatchObject({
      task: "classify", labels: ["entailment", "contradiction"], isMultiLabel: true, inference: { entailment: 0, contradiction: 1 },
    });
  });

  test("is recognize for one of labels a token", async () => {
    expect(await read({ ...config("ForTokenClassification", NER), ...logits("seq", 3) })).toMatchObject({
      task: "recognize", heads: { logits: { kind: "logits" } }, labels: ["O", "B-PER", "I-PER"], ...SCORES,
    });
  });

  test("is sparse for one whose graph gives the vocabulary", async () => {
    const manifest = await read({ ...config("ForMaskedLM", { vocab_size: 30, id2label: NER.id2label }), ...logits("seq", 30) });
    expect(manifest).toMatchObject({ task: "sparse", taskOrigin: "config.json", labels: [], ...SCORES });
    expect(manifest.heads).toEqual({ sparse: { kind: "splade" } });
  });

  test("is sparse by the modules of sentence-transformers, whose transformer may have a folder", async () => {
    const manifest = await read({
      "modules.json": [{ ...MLM, path: "0_MLM" }, SPLADE],
      "1_SpladePooling/config.json": { pooling_strategy: "max", activation_function: "relu", word_embedding_dimension: 30 },
      "0_MLM/config.json": { max_position_embeddings: 48 },
    });
    expect(manifest).toMatchObject({ task: "sparse", taskOrigin: "modules.json", maxTokens: 48 });
  });

  test("is the folder's or the configuration's, and then pooling files are not looked at", async () => {
    const files = { "modules.json": MODULES, ...logits(2) };
    expect(await read(files, { kind: "rerankers" })).toMatchObject({ task: "rerank", taskOrigin: 'the folder "rerankers"', labels: ["LABEL_0", "LABEL_1"] });
    expect(await read(files, { override: { task: "classify" } })).toMatchObject({ task: "classify", taskOrigin: "termite.yaml" });
    expect((await read({}, { override: { task: "sparse" } })).heads).toEqual({ sparse: { kind: "splade" } });
  });

  test("is embed by default, with vectors of texts and of tokens", async () => {
    expect(await read(config("ForMaskedLM"))).toMatchObject({ task: "embed", taskOrigin: "default: no file says it", labels: [], isMultiLabel: false });
    const pooled = await read({ ...config("ForMaskedLM"), "modules.json": MODULES, "1_Pooling/config.json": POOLING });
    expect(pooled).toMatchObject({ task: "embed", taskOrigin: "modules.json" });
    expect(Object.keys(pooled.heads)).toEqual(["embed", "tokens"]);
  });

  test("changes the fingerprint", async () => {
    const folder = { ...config("ForSequenceClassification"), ...logits(2) };
    const { fingerprint } = await read(folder);
    expect((await read(folder, { override: { task: "rerank" } })).fingerprint).not.toBe(fingerprint);
  });

  test.each<[string, Files, Place, string]>([
    ["SPLADE that sums", { "modules.json": [MLM, SPLADE], "1_SpladePooling/config.json": { pooling_strategy: "sum" } }, {}, 'found pooling_strategy "sum" in "1_SpladePooling/config.json", need "max"'],
    ["SPLADE of two logarithms", { "modules.json": [MLM, SPLADE], "1_SpladePooling/config.json": { activation_function: "log1p_relu" } }, {}, 'found activation_function "log1p_relu" in "1_SpladePooling/config.json", need "relu"'],
    ["a sparse model of other modules", { "modules.json": [MODULES[0], { path: "", type: "sentence_transformers.sparse_encoder.models.SparseAutoEncoder" }] }, {}, 'found module "sentence_transformers.sparse_encoder.models.SparseAutoEncoder" in "modules.json", need a Transformer and SpladePooling'],
    ["a causal reranker", { "modules.json": [MODULES[0], { path: "1_LogitScore", type: "sentence_transformers.cross_encoder.modules.logit_score.LogitScore" }] }, {}, 'found module "sentence_transformers.cross_encoder.modules.logit_score.LogitScore" in "modules.json", need a Transformer alone'],
    ["pooling for logits", {}, { kind: "rerankers", override: { pooling: "cls" } }, 'found "pooling" for it in termite.yaml, which the task "rerank" does not have'],
    ["sizes for logits", {}, { kind: "classifiers", override: { dimensions: [8] } }, 'found "dimensions" for it in termite.yaml, which the task "classify" does not have'],
    ["a recognizer of texts", logits(2), { kind: "recognizers" }, 'found the output "logits" of rank 2, need rank 3 for the task "recognize"'],
    ["a label too few", { ...config("ForTokenClassification", NER), ...logits("seq", 4) }, {}, 'found 3 labels in "config.json", need 4, the width of the graph\'s output'],
  ])("refuses %s", async (_, files, place, found) => {
    expect(await rejection(openManifest(files, place))).toMatchObject({ code: "model_load_failed", message: `Cannot load model "m": ${found}` });
  });
});
