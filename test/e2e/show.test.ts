// `termite show`, `models`, `rerank` and `classify` on the compiled file, with models that a test can compute.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE, createEnvironment, createFolder, runTermite } from "./termite.ts";
import { MAX_TOKENS, writeTaskModels } from "../fixtures/task-models.ts";

const folder = createFolder();
const home = folder.path;
const models = join(home, "models");
const config = join(home, "own.yaml");
beforeAll(() => {
  writeTaskModels(models);
  const settings = {
    models_dir: models,
    default_model: { rerank: "my-reranker" },
    aliases: { small: "my-embedder", same: "my-embedder:latest", other: "my-nli", broken: "not-there" },
    models: { "my-embedder": { dimensions: [2] } },
  };
  writeFileSync(config, JSON.stringify(settings));
});
afterAll(() => folder.remove());

const run = (args: readonly string[], stdin?: string) =>
  runTermite([...args, "--config", config], { home, ...(stdin !== undefined && { stdin }) });
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

describe("termite show", () => {
  test("--json says what the files and the configuration say, and extracts nothing", async () => {
    const { stdout, exitCode, stderr } = await run(["show", "small", "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      id: "my-embedder", task: "embed", taskOrigin: "modules.json", embedded: false, graphFile: join(models, "my-embedder/model.onnx"),
      architecture: "bert", maxTokens: MAX_TOKENS, maxTokensOrigin: "config.json",
      pooling: { modes: ["mean"], origin: "1_Pooling/config.json", steps: ["normalize"] },
      dimensions: { native: 8, permitted: [2], permittedOrigin: "termite.yaml" },
      prompts: { query: "query: ", document: "passage: " }, defaultPrompt: "",
      targets: [
        { target: "onnx:cpu", library: "onnxruntime", version: "1.30.0" }, { target: "xla:cpu", library: "pjrt-cpu", version: "0.11.2" },
      ],
      aliases: ["small", "same"],
    });
    expect(existsSync(join(home, ".termite"))).toBe(false);
  });

  test("prints a row a property", async () => {
    const { stdout } = await run(["show", "my-nli"]);
    const rows = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["PROPERTY", "VALUE", "FROM"],
      ["model", "my-nli", "-"],
      ["task", "classify", "config.json"],
      ["graph", join(models, "my-nli/model.onnx"), "-"],
      ["size", expect.stringMatching(/^\d+ B, 5 parameters, most of them F32$/), "-"],
      ["architecture", "bert", "config.json"],
      ["max tokens", String(MAX_TOKENS), "config.json"],
      ["labels", "contradiction, neutral, entailment", "config.json"],
      ["own labels by", "entailment", "config.json"],
      ["runs on", "onnx:cpu", "onnxruntime 1.30.0"],
      ["runs on", "xla:cpu", "pjrt-cpu 0.11.2"],
      ["aliases", "other", "termite.yaml"],
    ]);
  });

  test("names the nearest where there is no such model", async () => {
    expect(await run(["show", "my-rerankr"])).toEqual({
      exitCode: 1, stdout: "",
      stderr: 'error: Cannot find model "my-rerankr": no such model in the models folder\nhint: Did you mean "my-reranker"?\n',
    });
  });

  test("extracts the embedded model to show it", async () => {
    const own = createFolder();
    const { stdout } = await runTermite(["show", "all-minilm-l6-v2", "--json"], { home: own.path });
    expect(JSON.parse(stdout)).toMatchObject({
      id: "all-minilm-l6-v2:int8", embedded: true, task: "embed", maxTokens: 256, maxTokensOrigin: "sentence_bert_config.json",
      quantization: "I8", dimensions: { native: 384, permitted: [] },
    });
    own.remove();
  });
});

test("termite models has the task of each", async () => {
  const { stdout } = await run(["models"]);
  const tasks = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/).slice(0, 2));
  expect(tasks).toEqual([
    ["MODEL", "TASK"], ["all-minilm-l6-v2:int8", "embed"], ["my-classifier", "classify"], ["my-embedder", "embed"],
    ["my-nli", "classify"], ["my-recognizer", "recognize"], ["my-reranker", "rerank"], ["my-sparse-model", "sparse"],
  ]);
});

describe("termite rerank", () => {
  test("prints the best first, with the default model of the task", async () => {
    const { stdout, stderr, exitCode } = await run(["rerank", "what do termites eat", "the moon", "termites eat wood"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toBe("SCORE     INDEX  TEXT\n0.952574  1      termites eat wood\n0.268941  0      the moon\n");
  });

  test("--top and --json over more lines than a batch of stdin holds", async () => {
    const lines = Array.from({ length: 600 }, (_, index) => (index === 555 ? "termites eat" : index === 5 ? "eat" : "the moon"));
    const { stdout } = await run(["rerank", "termites eat", "-", "--top", "3", "--json"], `${lines.join("\n")}\n`);
    const { model, results, prompt_eval_count: count } = JSON.parse(stdout);
    expect({ model, results }).toEqual({
      model: "my-reranker",
      results: [
        { index: 555, score: sigmoid(3), text: "termites eat" },
        { index: 5, score: sigmoid(1), text: "eat" },
        { index: 0, score: sigmoid(-1), text: "the moon" },
      ],
    });
    expect(count).toBe(600 * 7 - 1);
  });

  test("--raw gives logits", async () => {
    expect((await run(["rerank", "--raw", "wood", "wood"])).stdout).toBe("SCORE     INDEX  TEXT\n1.000000  0      wood\n");
  });
});

describe("termite classify", () => {
  test("prints a line a text, the best label first", async () => {
    const { stdout } = await run(["classify", "--model", "my-classifier", "-"], "I love it\nit broke\n");
    expect(stdout).toBe("positive 0.786986\tnegative 0.106507\tneutral 0.106507\nnegative 0.576117\tpositive 0.211942\tneutral 0.211942\n");
  });

  test("--labels, --template and --json", async () => {
    const args = ["classify", "--model", "other", "--labels", "politics, sports", "--template", "about {}", "--json", "sports"];
    const { stdout } = await run(args);
    expect(JSON.parse(stdout)).toEqual({
      model: "my-nli",
      classifications: [[{ label: "sports", score: expect.closeTo(sigmoid(2), 6) }, { label: "politics", score: expect.closeTo(sigmoid(-2), 6) }]],
      prompt_eval_count: 2 * 6,
    });
  });
});

describe("usage errors", () => {
  const cases: [string, string[], string][] = [
    ["no model", ["classify", "a"],
      'error: Cannot run "termite classify": found neither --model nor a default_model for "classify"\n' +
      'hint: Add --model MODEL, or set default_model.classify in termite.yaml ("termite models" lists what there is)\n'],
    ["a model of another task", ["rerank", "--model", "my-nli", "a", "b"],
      'error: Cannot rerank with "my-nli": it is a model for classify (by config.json)\n' +
      'hint: Name a model for rerank, or set models."my-nli".task in termite.yaml if its files are wrong\n'],
    ["a query alone", ["rerank", "a"], 'error: Cannot run "termite rerank": missing query text\nhint: termite rerank --help\n'],
    ["--template alone", ["classify", "--template", "{}", "a"],
      'error: Cannot run "termite classify": --template goes with --labels\nhint: termite classify --labels sports,politics TEXT\n'],
    ["an empty label", ["classify", "--labels", "a,,b", "a"],
      'error: Cannot run "termite classify": --labels is "a,,b", need labels separated by commas\nhint: termite classify --labels sports,politics TEXT\n'],
    ["labels of one's own for a model that cannot", ["classify", "--model", "my-classifier", "--labels", "a,b", "c"],
      'error: Cannot classify by labels of your own with "my-classifier": found the labels "positive", "negative", "neutral", need one for entailment\n' +
      "hint: Leave your labels out for the model's own, or name a model of natural-language inference\n"],
  ];
  test.each(cases)("%s is exit code 2 and one clear message", async (_, args, stderr) => {
    expect(await run(args)).toEqual({ exitCode: 2, stdout: "", stderr });
  });
});

describe("Ctrl-C", () => {
  const cases: [string, string[]][] = [
    ["rerank", ["rerank", "--model", "my-reranker", "wood", "-"]],
    ["classify", ["classify", "--model", "my-classifier", "-"]],
  ];
  test.each(cases)("ends termite %s with 130 while it waits for more lines", async (_, args) => {
    const child = Bun.spawn([EXECUTABLE, ...args, "--config", config], {
      cwd: home, env: createEnvironment(home), stdin: "pipe", stdout: "pipe", stderr: "pipe",
    });
    await child.stdin.write("wood\n".repeat(300));
    await child.stdin.flush();
    await Bun.sleep(1500);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await new Response(child.stderr).text()).toBe("error: Cannot finish: interrupted\n");
  });
});
