// Ollama's dialect over the compiled file: its npm client unchanged, loading and unloading, the form in bytes.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama } from "ollama";
import { cosine, createFolder, findRunner, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";
import { readReferences } from "../fixtures/references/read-references.ts";

const MODEL = "all-minilm-l6-v2:int8";
const ENOUGH = 0.99999;
const { text, vector, tokens } = readReferences().find((reference) => reference.text.length > 40)!;
const folder = createFolder();
let server: RunningServer;
let client: Ollama;

beforeAll(async () => {
  server = await startServer({ home: folder.path });
  client = new Ollama({ host: server.url });
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
const listLoaded = async () => (await client.ps()).models.map(({ name }) => name);

/** What the client's types do not name. */
interface Loaded {
  status: string;
  context_length: number;
  target: object;
  device: { name: string; index: number; memoryBytes: number; usedBytes: number | null };
  runner: { pid: number; library: string; version: string; memoryBytes: number };
}

/** Longer than any machine takes, for what is there at once on most. */
async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline && !(await isTrue()); ) await Bun.sleep(20);
  expect(await isTrue()).toBe(true);
}

describe("the npm client, unchanged", () => {
  test("embed, embeddings, version", async () => {
    const answer = await client.embed({ model: MODEL, input: [text, ""] });
    expect(answer.embeddings).toHaveLength(2);
    expect(cosine(answer.embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
    expect(answer.prompt_eval_count).toBe(tokens + 2);
    expect(answer.total_duration).toBeGreaterThan(answer.load_duration);
    const { embedding } = await client.embeddings({ model: MODEL, prompt: text });
    expect(cosine(embedding, vector)).toBeGreaterThan(ENOUGH);
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("list and show say what the files say", async () => {
    const [model, ...others] = (await client.list()).models;
    expect(others).toEqual([]);
    expect(model).toMatchObject({
      name: MODEL, model: MODEL, size: expect.any(Number), digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      details: { format: "onnx", family: "bert", families: ["bert"], parameter_size: expect.stringMatching(/^22\.\d\dM$/), quantization_level: expect.stringMatching(/^[IU]8$/) },
    });
    expect(new Date(model!.modified_at).getTime()).toBeLessThanOrEqual(Date.now());
    const shown = await client.show({ model: MODEL });
    expect(shown.details).toEqual(model!.details);
    expect(shown.capabilities).toEqual(["embedding"]);
    expect(shown.model_info).toMatchObject({
      "general.architecture": "bert",
      "bert.context_length": 256,
      "bert.embedding_length": 384,
      "termite.context_length_origin": "sentence_bert_config.json",
      "termite.pooling": ["mean"],
    });
    await expect(client.show({ model: "all-minilm-l6-v3" })).rejects.toThrow(`Did you mean "${MODEL}"?`);
  });

  test("ps says where the model really runs and until when", async () => {
    await client.embed({ model: MODEL, input: text });
    const [model, ...others] = (await client.ps()).models;
    expect(others).toEqual([]);
    expect(model).toMatchObject({ name: MODEL, size_vram: 0, details: { family: "bert" } });
    const { status, context_length, target, device, runner } = model as unknown as Loaded;
    expect({ status, context_length, target }).toEqual({
      status: "loaded", context_length: 256, target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null },
    });
    expect(device).toEqual({ name: "cpu", index: 0, memoryBytes: expect.any(Number), usedBytes: null });
    const memoryBytes = expect.any(Number);
    expect(runner).toEqual({ pid: findRunner(server.pid)!, library: "onnxruntime", version: expect.any(String), memoryBytes });
    const leftMs = new Date(model!.expires_at).getTime() - Date.now();
    expect(leftMs).toBeGreaterThan(4 * 60_000);
    expect(leftMs).toBeLessThanOrEqual(5 * 60_000);
  });
});

describe("keep_alive", () => {
  test("0 unloads at once, with a text and without, and the server stays ready", async () => {
    const unloads: (() => Promise<unknown>)[] = [
      () => client.embed({ model: MODEL, input: text, keep_alive: 0 }),
      () => client.embeddings({ model: MODEL, prompt: "", keep_alive: 0 }),
      () => post("/api/embed", { model: MODEL, keep_alive: 0 }),
    ];
    for (const unload of unloads) {
      await client.embed({ model: MODEL, input: text });
      expect(await listLoaded()).toEqual([MODEL]);
      await unload();
      expect(await listLoaded()).toEqual([]);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    }
    const again = await client.embed({ model: MODEL, input: text });
    expect(again.load_duration).toBeGreaterThan(0);
    expect(cosine(again.embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
  });

  test("a request without a text loads, for as long as it says", async () => {
    await client.embeddings({ model: MODEL, prompt: "", keep_alive: 0 });
    const answer = await (await post("/api/embed", { model: MODEL, input: [], keep_alive: -1 })).json();
    expect(answer).toMatchObject({ model: MODEL, embeddings: [], prompt_eval_count: 0 });
    const [model] = (await client.ps()).models;
    expect(new Date(model!.expires_at).getUTCFullYear()).toBeGreaterThan(2200);
  });

  test("1s unloads after a second in the same runner, and the next requests load again", async () => {
    const runner = findRunner(server.pid)!;
    await client.embed({ model: MODEL, input: text, keep_alive: "1s" });
    await waitUntil(async () => (await listLoaded()).length === 0);
    await waitUntil(async () => server.stderr().includes("model unloaded"));
    expect(findRunner(server.pid)).toBe(runner);
    const answers = await Promise.all([1, 2, 3].map(() => client.embed({ model: MODEL, input: text, keep_alive: "5m" })));
    for (const { embeddings } of answers) expect(cosine(embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
    expect(await listLoaded()).toEqual([MODEL]);
  }, 30_000);

  test("of the configuration counts for the default model too, and leaves the server ready", async () => {
    const other = await startServer({ home: folder.path, args: ["--keep-alive", "1s"] });
    const own = new Ollama({ host: other.url });
    await waitUntil(async () => (await own.ps()).models.length === 0);
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200);
    const { embeddings, load_duration } = await own.embed({ model: MODEL, input: text });
    expect(load_duration).toBeGreaterThan(0);
    expect(cosine(embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
    expect(await other.stop()).toBe(0);
  }, 30_000);

  test("requests that come while the model leaves are all answered", async () => {
    const embed = async (index: number) =>
      (await client.embed({ model: MODEL, input: text, keep_alive: index % 3 === 0 ? 0 : "5m" })).embeddings[0]!;
    for (let round = 0; round < 8; round++) {
      const vectors = await Promise.all(Array.from({ length: 6 }, (_, index) => embed(index + round)));
      for (const found of vectors) expect(cosine(found, vector)).toBeGreaterThan(ENOUGH);
    }
  }, 60_000);
});

describe("the server", () => {
  test("is known at / by its line, with GET and with HEAD", async () => {
    const get = await fetch(`${server.url}/`);
    expect([get.status, get.headers.get("content-type"), await get.text()]).toEqual([200, "text/plain; charset=utf-8", "Ollama is running"]);
    const head = await fetch(`${server.url}/`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("gives the same numbers as bytes and as JSON", async () => {
    const body = { model: MODEL, input: [text, "another"] };
    const response = await post("/api/embed", body, { accept: "application/octet-stream" });
    const { buffer } = await response.bytes();
    const { embeddings } = (await (await post("/api/embed", body)).json()) as { embeddings: number[][] };
    expect([...new BigUint64Array(buffer, 0, 2)]).toEqual([2n, 384n]);
    expect(new Float32Array(buffer, 16)).toEqual(Float32Array.from(embeddings.flat()));
  });

  test("answers one model to OpenAI's client path, and the models by kind", async () => {
    const model = await (await fetch(`${server.url}/v1/models/${encodeURIComponent(MODEL)}`)).json();
    expect(model).toMatchObject({ id: MODEL, object: "model", owned_by: "termite" });
    expect(await (await fetch(`${server.url}/api/models`)).json()).toMatchObject({ embedders: [MODEL], rerankers: [] });
  });
});
