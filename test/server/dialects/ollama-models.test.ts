import { describe, expect, test } from "bun:test";
import type { ModelDescription } from "../../../src/models/manifest.ts";
import type { LoadedSummary } from "../../../src/pipelines/embed-request.ts";
import { createApp } from "../../../src/server/app.ts";
import type { RunnerSummary, ServerDeps } from "../../../src/server/deps.ts";
import { createManifest } from "../../pipelines/embedder-parts.ts";
import { BGE, DESCRIPTION, MANIFEST, MODEL, TARGET, createFakeDeps, post } from "../fake-deps.ts";

const DETAILS = {
  parent_model: "", format: "onnx", family: "bert", families: ["bert"], parameter_size: "22.71M", quantization_level: "I8",
};
const LOADED_AT = "2026-02-02T02:40:00.000Z";
const PROGRESS = { phase: "programs", sinceMs: Date.parse(LOADED_AT) } as const;
const UNKNOWN = { parent_model: "", format: "onnx", family: "", families: [], parameter_size: "", quantization_level: "" };

const withModels = (models: Partial<ServerDeps["models"]>) => createFakeDeps({ models: { ...createFakeDeps().models, ...models } });
const ask = async (path: string, init?: RequestInit, deps = createFakeDeps()) => {
  const response = await createApp(deps).request(path, init);
  return { status: response.status, body: (await response.json()) as { models: unknown[] } };
};

describe("GET /", () => {
  test("answers the line that Ollama's clients know, and is logged as a probe", async () => {
    const deps = createFakeDeps();
    const response = await createApp(deps).request("/");
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "Ollama is running",
    ]);
    expect(deps.lines.map(({ level }) => level)).toEqual(["debug"]);
  });
});

describe("GET /api/tags", () => {
  test("lists every usable model with what is known of it, and an empty text where nothing is", async () => {
    const { status, body } = await ask("/api/tags");
    expect([status, body]).toEqual([
      200,
      {
        models: [
          {
            name: BGE, model: BGE, size: 1, digest: "b".repeat(64), details: UNKNOWN,
            modified_at: "2025-10-09T08:53:20.000Z", capabilities: ["embedding"],
          },
          {
            name: MODEL, model: MODEL, size: 2, digest: "d".repeat(64), details: DETAILS,
            modified_at: "2026-02-02T02:40:00.000Z", capabilities: ["embedding"],
          },
        ],
      },
    ]);
  });

  test.each([
    [1_500_000_000, "1.5B"],
    [2_000_000_000, "2B"],
    [33_000_000, "33M"],
    [22_713_216, "22.71M"],
    [512_300, "512K"],
    [20, "20"],
    [undefined, ""],
  ])("writes %p parameters as %p", async (parameters, text) => {
    const weights = parameters === undefined ? {} : { parameters };
    const describeModel = async (): Promise<ModelDescription> => ({ ...DESCRIPTION, weights });
    const { body } = await ask("/api/tags", {}, withModels({ describe: describeModel }));
    expect(body.models[0]).toMatchObject({ details: { parameter_size: text } });
  });

  test("leaves out what was removed while it listed, and answers 500 for what nobody foresaw", async () => {
    const { models } = createFakeDeps();
    const deps = withModels({ describe: async (id) => await models.describe(id === BGE ? "gone" : id) });
    expect((await ask("/api/tags", {}, deps)).body.models).toMatchObject([{ name: MODEL }]);
    const broken = withModels({ describe: () => Promise.reject(new Error("a secret")) });
    expect(await ask("/api/tags", {}, broken)).toMatchObject({ status: 500, body: { error: "Cannot answer the request: internal error" } });
  });
});

describe("GET /api/ps", () => {
  const loaded = (entries: readonly LoadedSummary[], runner?: RunnerSummary) => {
    const { embedder } = createFakeDeps();
    return createFakeDeps({ embedder: { ...embedder, loaded: () => [...entries] }, ...(runner && { runner: () => runner }) });
  };

  test("is empty before the first request", async () => expect(await ask("/api/ps")).toEqual({ status: 200, body: { models: [] } }));

  test("says of a model where it really runs and until when", async () => {
    const expiresAtMs = Date.UTC(2099, 0, 1);
    const { body } = await ask("/api/ps", {}, loaded([{ manifest: MANIFEST, isLoaded: true, progress: PROGRESS, expiresAtMs }]));
    expect(body.models).toEqual([
      {
        name: MODEL, model: MODEL, size: 2, digest: "d".repeat(64), details: DETAILS,
        status: "loaded", loaded_at: LOADED_AT, loading: null, expires_at: "2099-01-01T00:00:00.000Z", size_vram: 0, context_length: 256,
        target: TARGET,
        device: { name: "cpu", index: 0, memoryBytes: 8_000_000_000, usedBytes: null },
        runner: { pid: 42, library: "onnxruntime", version: "1.30.0", memoryBytes: 90_000_000 },
        memory: null, programs: null,
      },
    ]);
  });

  test("says why another target serves than was requested, and that a device holds the model", async () => {
    const target = { requested: "onnx:cuda", actual: "xla:cuda", reason: "no driver" } as const;
    const runner = { target, device: null, runner: null, memory: null, programs: null };
    const { body } = await ask("/api/ps", {}, loaded([{ manifest: MANIFEST, isLoaded: false, progress: { ...PROGRESS, phase: "room" }, expiresAtMs: 0 }], runner));
    expect(body.models).toMatchObject([{ status: "loading", loaded_at: null, loading: { phase: "room", since: LOADED_AT }, target, device: null, runner: null, size_vram: 2 }]);
  });

  test.each([["xla:cpu", 0], ["xla:cuda", 1250]] as const)("says what an engine itself counts on %s", async (actual, vram) => {
    const target = { requested: actual, actual, reason: null };
    const [memory, programs] = [{ weightBytes: 1000, programBytes: 250 }, { ready: 3, planned: 28 }];
    const deps = loaded([{ manifest: MANIFEST, isLoaded: true, progress: PROGRESS, expiresAtMs: 0 }], { target, device: null, runner: null, memory, programs });
    const { body } = await ask("/api/ps", {}, deps);
    expect(body.models).toMatchObject([
      { status: "loaded", loaded_at: LOADED_AT, loading: { phase: "programs", since: LOADED_AT }, size: 1250, size_vram: vram, memory, programs },
    ]);
  });

  test("has runners asked before it answers", async () => {
    const runner = { target: TARGET, device: null, runner: null, memory: null, programs: { ready: 0, planned: 2 } };
    const deps = loaded([{ manifest: MANIFEST, isLoaded: true, progress: PROGRESS, expiresAtMs: 0 }], runner);
    const refresh = async () => void (await Bun.sleep(1), (runner.programs.ready = 2));
    expect((await ask("/api/ps", {}, { ...deps, refresh })).body.models).toMatchObject([{ loading: null, programs: { ready: 2, planned: 2 } }]);
  });

  test("lists what stays longest first, and for ever as Ollama writes it", async () => {
    const at = (id: string, expiresAtMs: number) => ({ manifest: createManifest({ id }), isLoaded: true, progress: PROGRESS, expiresAtMs });
    const { body } = await ask("/api/ps", {}, loaded([at("soon", 1000), at("never", Infinity), at("later", 2000)]));
    const models = body.models as { name: string; expires_at: string }[];
    expect(models.map(({ name }) => name)).toEqual(["never", "later", "soon"]);
    const years = new Date(models[0]?.expires_at ?? 0).getUTCFullYear() - new Date().getUTCFullYear();
    expect([292, 293]).toContain(years);
  });

  test("says nothing of weights whose files have changed since, or are gone", async () => {
    const changed = createManifest({ id: MODEL, digest: "e".repeat(64) });
    const gone = createManifest({ id: "gone", architecture: undefined });
    const entries = [changed, gone].map((manifest) => ({ manifest, isLoaded: true, progress: PROGRESS, expiresAtMs: 1 }));
    expect((await ask("/api/ps", {}, loaded(entries))).body.models).toMatchObject([
      { name: MODEL, digest: "e".repeat(64), details: { ...DETAILS, parameter_size: "", quantization_level: "" } },
      { name: "gone", details: UNKNOWN },
    ]);
  });
});

describe("POST /api/show", () => {
  const show = (body: unknown, deps = createFakeDeps()) => ask("/api/show", post(body), deps);

  test.each([{ model: "x" }, { name: "x" }, { model: "x", name: "other", verbose: true, system: "" }, { model: "x", verbose: 1 }])(
    "says what decides the vectors and where it comes from when asked with %p",
    async (body) => {
      expect(await show(body)).toEqual({
        status: 200,
        body: {
          modelfile: "", parameters: "", template: "",
          details: DETAILS,
          model_info: {
            "general.architecture": "bert",
            "general.parameter_count": 22_713_216,
            "bert.context_length": 256,
            "bert.embedding_length": 384,
            "termite.embedded": true,
            "termite.task": "embed",
            "termite.task_origin": MANIFEST.taskOrigin,
            "termite.context_length_origin": "config.json",
            "termite.pooling": ["mean"],
            "termite.pooling_origin": "1_Pooling/config.json",
            "termite.normalize": false,
            "termite.lower_case": false,
            "termite.prompts": {},
            "termite.default_prompt": "",
            "termite.dimensions": [384],
          },
          capabilities: ["embedding"],
          modified_at: "2026-02-02T02:40:00.000Z",
        } as unknown as { models: unknown[] },
      });
    },
  );

  test("leaves out what no file says", async () => {
    const manifest = createManifest({
      architecture: undefined, nativeDimensions: undefined, dimensions: [64, 128],
      heads: { embed: { kind: "pool", modes: ["cls"], steps: [{ kind: "normalize" }] } },
    });
    const describeModel = async (): Promise<ModelDescription> => ({ ...DESCRIPTION, architecture: undefined, weights: {} });
    const { body } = await show({ model: "m" }, withModels({ resolve: async () => manifest, describe: describeModel }));
    expect(body).toMatchObject({ details: UNKNOWN });
    expect((body as unknown as { model_info: object }).model_info).toEqual({
      "termite.context_length": 8,
      "termite.embedded": false,
      "termite.task": "embed",
      "termite.task_origin": manifest.taskOrigin,
      "termite.context_length_origin": "config.json",
      "termite.pooling": ["cls"],
      "termite.pooling_origin": "1_Pooling/config.json",
      "termite.normalize": true,
      "termite.lower_case": false,
      "termite.prompts": {},
      "termite.default_prompt": "",
      "termite.dimensions": [128, 64],
    });
  });

  test("says the labels of a model that has some, and nothing of pooling", async () => {
    const manifest = createManifest({
      task: "classify", taskOrigin: "config.json", heads: { logits: { kind: "logits" } }, labels: ["bad", "good"],
      architecture: "bert", nativeDimensions: undefined,
    });
    const describeModel = async (): Promise<ModelDescription> => ({ ...DESCRIPTION, task: "classify", weights: {} });
    const { body } = await show({ model: "m" }, withModels({ resolve: async () => manifest, describe: describeModel }));
    expect(body).toMatchObject({ capabilities: ["classify"] });
    expect((body as unknown as { model_info: object }).model_info).toEqual({
      "general.architecture": "bert",
      "bert.context_length": 8,
      "termite.embedded": false,
      "termite.task": "classify",
      "termite.task_origin": "config.json",
      "termite.context_length_origin": "config.json",
      "termite.lower_case": false,
      "termite.prompts": {},
      "termite.default_prompt": "",
      "termite.labels": ["bad", "good"],
      "termite.multi_label": false,
    });
  });

  test.each<[unknown, number, string]>([
    [{}, 400, "Cannot read the request: model: found nothing, expected the name of a model"],
    [{ model: "" }, 400, 'Cannot read the request: model: found "", expected the name of a model'],
    [{ model: "bge" }, 404, `Cannot find model "bge": no such model in the models folder (Did you mean "${MODEL}"?)`],
    [{ model: "broken" }, 500, 'Cannot load model "broken": "modules.json" is not valid JSON'],
  ])("answers %p with %p", async (body, status, error) => {
    expect(await show(body)).toEqual({ status, body: { error } as unknown as { models: unknown[] } });
  });
});
