import { describe, expect, test } from "bun:test";
import type { GraphOutput } from "../../src/models/graph-outputs.ts";
import { resolveTask, type TaskFacts } from "../../src/models/resolve-task.ts";

const NOTHING: TaskFacts = {
  override: undefined,
  kind: undefined,
  modules: [],
  hasPooling: false,
  sentenceType: undefined,
  architectures: [],
  labelCount: undefined,
  vocabularySize: undefined,
  outputs: () => [],
};
const BATCH = undefined;
const give = (name: string, ...dims: (number | undefined)[]) => (): GraphOutput[] => [{ name, dims: [BATCH, ...dims] }];
const SEQUENCE = { architectures: ["BertForSequenceClassification"] };
const MASKED = { architectures: ["BertForMaskedLM"], vocabularySize: 30_522 };
const POOLING = "sentence_transformers.models.Pooling";
const SPLADE = "sentence_transformers.sparse_encoder.models.SpladePooling";
const embed = ["embed", "default: no file says it"];

describe("resolveTask()", () => {
  test.each<[string, Partial<TaskFacts>, string[]]>([
    ["nothing says it", {}, embed],
    ["the configuration says it", { override: "rerank", kind: "embedders", modules: [POOLING] }, ["rerank", "termite.yaml"]],
    ["it lies in rerankers", { kind: "rerankers", ...SEQUENCE, labelCount: 3 }, ["rerank", 'the folder "rerankers"']],
    ["it lies in classifiers", { kind: "classifiers", ...SEQUENCE, labelCount: 1 }, ["classify", 'the folder "classifiers"']],
    ["it lies in recognizers", { kind: "recognizers", modules: [POOLING] }, ["recognize", 'the folder "recognizers"']],
    ["it lies in embedders", { kind: "embedders", ...SEQUENCE, labelCount: 1 }, ["embed", 'the folder "embedders"']],
    ["it lies in embedders and is sparse", { kind: "embedders", modules: [SPLADE] }, ["sparse", "modules.json"]],
    ["it lies in chunkers", { kind: "chunkers" }, embed],
    ["its modules pool", { modules: ["x.Transformer", POOLING], ...MASKED, outputs: give("logits", BATCH, 30_522) }, ["embed", "modules.json"]],
    ["it has a pooling file alone", { hasPooling: true, ...SEQUENCE }, ["embed", "1_Pooling/config.json"]],
    ["its modules end in SPLADE", { modules: ["a.MLMTransformer", SPLADE] }, ["sparse", "modules.json"]],
    ["its modules end in an autoencoder", { modules: [POOLING, "s.sparse_encoder.models.SparseAutoEncoder"] }, ["sparse", "modules.json"]],
    ["its modules are a cross-encoder's", { modules: ["s.cross_encoder.modules.logit_score.LogitScore"], labelCount: 1 }, ["rerank", "modules.json"]],
    ["it was saved as a cross-encoder", { sentenceType: "CrossEncoder", labelCount: 1 }, ["rerank", "config_sentence_transformers.json"]],
    ["it was saved as one of three labels", { sentenceType: "CrossEncoder", labelCount: 3 }, ["classify", "config_sentence_transformers.json"]],
    ["it was saved as one, and only the graph says the labels", { sentenceType: "CrossEncoder", outputs: give("logits", 1) }, ["rerank", "config_sentence_transformers.json"]],
    ["it was saved as a sparse encoder", { sentenceType: "SparseEncoder" }, ["sparse", "config_sentence_transformers.json"]],
    ["it was saved as a sentence transformer", { sentenceType: "SentenceTransformer", ...SEQUENCE }, ["embed", "config_sentence_transformers.json"]],
    ["its class classifies, one label", { ...SEQUENCE, labelCount: 1 }, ["rerank", "config.json"]],
    ["its class classifies, many labels", { ...SEQUENCE, labelCount: 2, outputs: give("logits", 2) }, ["classify", "config.json"]],
    ["its class classifies, one logit", { ...SEQUENCE, outputs: give("logits", 1) }, ["rerank", "config.json"]],
    ["its class classifies, the graph does not", { ...SEQUENCE, labelCount: 2, outputs: give("last_hidden_state", BATCH, 384) }, embed],
    ["its class is for tokens", { architectures: ["DebertaV2ForTokenClassification"], labelCount: 9 }, ["recognize", "config.json"]],
    ["its class is for tokens, the graph is not", { architectures: ["BertForTokenClassification"], outputs: give("pooled", 384) }, embed],
    ["its class guesses words, and the graph gives them", { ...MASKED, outputs: give("mlm_logits", BATCH, 30_522) }, ["sparse", "config.json"]],
    ["the vocabulary is padded in the graph", { ...MASKED, outputs: give("x", BATCH, 30_528) }, ["sparse", "config.json"]],
    ["its class guesses words, the graph gives vectors", { ...MASKED, outputs: give("last_hidden_state", BATCH, 384) }, embed],
    ["only the output's name says that it is words", { ...MASKED, outputs: give("logits", BATCH, undefined) }, ["sparse", "config.json"]],
    ["not even the name says it", { ...MASKED, outputs: give("output_0", BATCH, undefined) }, embed],
    ["its class guesses words, the graph is unreadable", MASKED, embed],
    ["its class has no head", { architectures: ["NomicBertModel"] }, ["embed", "config.json"]],
    ["its class is for something else", { architectures: ["BertForQuestionAnswering"] }, embed],
  ])("decides when %s", (_, facts, [task, taskOrigin]) => {
    expect(resolveTask({ ...NOTHING, ...facts })).toMatchObject({ task, taskOrigin });
  });

  test("looks at no graph where something else decides", () => {
    const outputs = () => {
      throw new Error("looked");
    };
    expect(resolveTask({ ...NOTHING, modules: [POOLING], outputs }).task).toBe("embed");
    expect(resolveTask({ ...NOTHING, architectures: ["BertModel"], outputs }).task).toBe("embed");
  });
});
