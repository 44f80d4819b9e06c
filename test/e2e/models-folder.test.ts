// Models that a user puts into the models folder: found without a restart, right by their own files, or one clear error.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createContractModels, tokenVectors } from "../fixtures/contract-models.ts";
import { createFolder, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

const folder = createFolder();
const models = join(folder.path, "models");
const { tokens: graph, truncated } = createContractModels();
let server: RunningServer;

beforeAll(async () => {
  mkdirSync(models);
  server = await startServer({ home: folder.path, args: ["--models-dir", models] });
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

/** One word a token, ids 0-4, no special tokens; carries a truncation and a padding that must have no effect. */
const TOKENIZER = {
  version: "1.0",
  truncation: { direction: "Right", max_length: 2, strategy: "LongestFirst", stride: 0 },
  padding: { strategy: { Fixed: 8 }, direction: "Right", pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: "[PAD]" },
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: { type: "WordLevel", vocab: { "[UNK]": 0, one: 1, two: 2, three: 3, four: 4 }, unk_token: "[UNK]" },
};

type Files = Record<string, Uint8Array | string | object>;

function writeModel(name: string, files: Files): void {
  const all: Files = { "model.onnx": graph, "tokenizer.json": TOKENIZER, ...files };
  for (const [file, content] of Object.entries(all)) {
    const path = join(models, name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    const isRaw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(path, isRaw ? content : JSON.stringify(content));
  }
}

async function embed(model: string, input: string | string[], extra: object = {}) {
  const response = await fetch(`${server.url}/api/embed`, { method: "POST", body: JSON.stringify({ model, input, ...extra }) });
  return { status: response.status, body: (await response.json()) as { embeddings: number[][]; error: string; model: string; prompt_eval_count: number } };
}

const mean = (rows: number[][]) => rows[0]!.map((_, column) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length);

function expectClose(found: number[], wanted: number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, index) => expect(value).toBeCloseTo(wanted[index]!, 5));
}

describe("a model that appears while the server runs", () => {
  test("answers without a restart; without pooling files it is the mean, and the file's own padding has no effect", async () => {
    expect((await embed("plain", "one")).status).toBe(404);
    writeModel("plain", {});
    const { body } = await embed("plain", ["one two three", "four"]);
    expect(body.prompt_eval_count).toBe(4);
    expectClose(body.embeddings[0]!, mean(tokenVectors([1, 2, 3])));
    expectClose(body.embeddings[1]!, tokenVectors([4])[0]!);
  });

  test("pooling by 1_Pooling, under owner and kind, and a limit by sentence_bert_config.json", async () => {
    writeModel("embedders/acme/cls", {
      "modules.json": [
        { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
        { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
      ],
      "1_Pooling/config.json": { word_embedding_dimension: 4, pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
      "sentence_bert_config.json": { max_seq_length: 2, do_lower_case: true },
    });
    const { body } = await embed("acme/cls", "THREE two one");
    expect(body.prompt_eval_count).toBe(2);
    expectClose(body.embeddings[0]!, tokenVectors([3, 2])[0]!);
    const refused = await embed("acme/cls", "one two three", { truncate: false });
    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining("Cannot embed input 0: found 3 tokens, need 2 or fewer") } });
  });

  test("a variant answers under its own name; the embedded model keeps its bare name until a folder takes it", async () => {
    writeModel("varied", { "onnx/model_int8.onnx": graph });
    expect((await embed("varied:int8", "one")).body.model).toBe("varied:int8");
    expect((await embed("all-minilm-l6-v2", "one")).body.model).toBe("all-minilm-l6-v2:int8");
    writeModel("all-minilm-l6-v2", {});
    // What a look at the folder found stands for 0.1 s.
    await Bun.sleep(150);
    const { body } = await embed("all-minilm-l6-v2", "one");
    expect({ model: body.model, width: body.embeddings[0]!.length }).toEqual({ model: "all-minilm-l6-v2", width: 4 });
    rmSync(join(models, "all-minilm-l6-v2"), { recursive: true });
  });
});

describe("a model that cannot load is one 500 with its name and the cause, never a path", () => {
  const cases: [string, Files, RegExp][] = [
    ["truncated-graph", { "model.onnx": truncated }, /^Cannot load model "truncated-graph": .*protobuf/i],
    ["no-graph-at-all", { "model.onnx": "" }, /^Cannot load model "no-graph-at-all": /],
    ["hostile-tokenizer", { "tokenizer.json": `{"version":"1.0","model":${"[".repeat(100_000)}` }, /^Cannot load model "hostile-tokenizer": .*tokenizer\.json/],
    ["wrong-tokenizer", { "tokenizer.json": { ...TOKENIZER, model: { type: "Nonsense" } } }, /^Cannot load model "wrong-tokenizer": .*tokenizer\.json/],
    ["wrong-pooling", { "1_Pooling/config.json": { pooling_mode_cls_token: "yes" } }, /^Cannot load model "wrong-pooling": .*config\.json/],
    ["unknown-module", { "modules.json": [{ idx: 0, name: "0", path: "", type: "x.Transformer" }, { idx: 1, name: "1", path: "1", type: "x.CNN" }] }, /^Cannot load model "unknown-module": .*CNN/],
  ];
  test.each(cases)("%s", async (name, files, message) => {
    writeModel(name, files);
    const { status, body } = await embed(name, "one");
    expect({ status, error: body.error }).toEqual({ status: 500, error: expect.stringMatching(message) });
    expect(body.error).not.toContain(models);
    expect((await embed("all-minilm-l6-v2:int8", "one")).status).toBe(200);
  });

  test("tokenizer.json is a directory", async () => {
    mkdirSync(join(models, "folder-tokenizer", "tokenizer.json"), { recursive: true });
    writeFileSync(join(models, "folder-tokenizer", "model.onnx"), graph);
    const { status, body } = await embed("folder-tokenizer", "one");
    expect({ status, error: body.error }).toEqual({ status: 500, error: expect.stringMatching(/^Cannot load model "folder-tokenizer": found "tokenizer\.json", which is no file$/) });
  });

  test("an id beyond the embedding table is an error of that request alone", async () => {
    writeModel("beyond", { "tokenizer.json": { ...TOKENIZER, model: { ...TOKENIZER.model, vocab: { "[UNK]": 0, one: 1, two: 5000 } } } });
    expect((await embed("beyond", "two")).status).toBe(500);
    expect((await embed("beyond", "one")).status).toBe(200);
  });
});

describe("readiness", () => {
  test("is failed while the default model cannot load, says why without a path, and comes by itself when it is mended", async () => {
    writeModel("mended", { "model.onnx": truncated });
    const args = ["--models-dir", models, "--default-model", "mended"];
    const other = await startServer({ home: folder.path, args, ready: false });
    const readReady = async () => {
      const response = await fetch(`${other.url}/readyz`);
      return { status: response.status, body: (await response.json()) as { status: string; reason: string } };
    };
    while ((await readReady()).body.status === "loading") await Bun.sleep(20);
    const failed = await readReady();
    expect(failed.body.reason).toStartWith('Cannot load model "mended": ');
    expect(failed.body.reason).not.toContain(models);
    expect({ status: failed.status, said: failed.body.status }).toEqual({ status: 503, said: "failed" });
    writeModel("mended", {});
    while ((await readReady()).status !== 200) await Bun.sleep(50);
    expect(await other.stop()).toBe(0);
  }, 30_000);
});
