import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { cosine, createFolder, findRunner, runTermite, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";
import { createTokenizers } from "../../src/tokenizers/open.ts";
import { ADDON_PATH } from "../tokenizers/tokenizer-file.ts";
import { readReferences } from "../fixtures/references/read-references.ts";

const MODEL = "all-minilm-l6-v2:int8";
const ENOUGH = 0.99999;
const references = readReferences();
const folder = createFolder();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ home: folder.path });
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
}

describe("vectors of the embedded model", () => {
  test("each text alone equals Python's reference, and its tokens are counted exactly", async () => {
    for (const { text, tokens, vector } of references) {
      const answer = (await (await post("/api/embed", { model: MODEL, input: text })).json()) as EmbedAnswer;
      expect({ text, tokens: answer.prompt_eval_count }).toEqual({ text, tokens });
      expect(cosine(answer.embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
    }
  });

  test("the tokenizer that was extracted gives Python's ids, truncation included", async () => {
    const [file = ""] = new Bun.Glob(".termite/runtime/*/default-model/tokenizer.json").scanSync({ cwd: folder.path, dot: true, absolute: true });
    const tokenizers = createTokenizers({
      addonPath: async () => ADDON_PATH,
      repairAddon: async () => false,
      checkCommand: [],
      environment: {},
    });
    const tokenizer = await tokenizers.open({ file, name: MODEL, trusted: true });
    const encoded = await tokenizer.encode(references.map(({ text }) => text), 256);
    expect(encoded.map(({ ids }) => [...ids])).toEqual(references.map(({ ids }) => [...ids]));
  });

  test("all texts in one request equal the references", async () => {
    const answer = (await (await post("/api/embed", { model: MODEL, input: references.map(({ text }) => text) })).json()) as EmbedAnswer;
    expect(answer.model).toBe(MODEL);
    expect(answer.prompt_eval_count).toBe(references.reduce((sum, { tokens }) => sum + tokens, 0));
    const cosines = references.map(({ vector }, index) => cosine(answer.embeddings[index]!, vector));
    expect(Math.min(...cosines)).toBeGreaterThan(ENOUGH);
  });

  test("termite embed gives the same vectors without a server", async () => {
    const texts = references.filter(({ text }) => text !== "" && !/[\r\n]/.test(text) && text !== "-").slice(0, 12);
    const stdin = texts.map(({ text }) => `${text}\n`).join("");
    const { stdout, stderr, exitCode } = await runTermite(["embed", "-"], { home: folder.path, stdin });
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const vectors = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as number[]);
    expect(vectors).toHaveLength(texts.length);
    vectors.forEach((vector, index) => expect(cosine(vector, texts[index]!.vector)).toBeGreaterThan(ENOUGH));
  });
});

interface EmbedAnswer {
  model: string;
  embeddings: number[][];
  prompt_eval_count: number;
  total_duration: number;
  load_duration: number;
}

describe("official npm clients, unchanged", () => {
  const { text, vector, tokens } = references.find(({ text }) => text.length > 40)!;

  test("openai: base64 by default, floats on request", async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
    for (const format of [undefined, "float"] as const) {
      const answer = await client.embeddings.create({ model: MODEL, input: [text, "second"], ...(format && { encoding_format: format }) });
      expect(answer.usage.prompt_tokens).toBeGreaterThan(tokens);
      expect(cosine(answer.data[0]!.embedding, vector)).toBeGreaterThan(ENOUGH);
    }
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
    expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: "model" });
    const failure = await client.embeddings.create({ model: "no-such", input: "x" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
  });

  test("ollama: embed, and its error", async () => {
    const client = new Ollama({ host: server.url });
    const answer = await client.embed({ model: MODEL, input: text });
    expect(answer.prompt_eval_count).toBe(tokens);
    expect(cosine(answer.embeddings[0]!, vector)).toBeGreaterThan(ENOUGH);
    await expect(client.embed({ model: "no-such", input: "x" })).rejects.toThrow('Cannot find model "no-such"');
  });
});

describe("bad input costs one clear error and nobody else anything", () => {
  const base = { model: MODEL, input: "x" };
  const cases: [string, string, string | Uint8Array<ArrayBuffer>, number, RegExp][] = [
    ["malformed JSON", "/api/embed", "{", 400, /JSON/],
    ["wrong types", "/api/embed", JSON.stringify({ model: 5, input: [1, {}] }), 400, /model.*input/s],
    ["a 10 MB string", "/api/embed", JSON.stringify({ ...base, input: "a".repeat(10 * 1024 * 1024) }), 413, /10485760.*1048576|limit/s],
    ["invalid UTF-8", "/api/embed", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, /UTF-8/],
    ["a lone surrogate", "/api/embed", `{"model":"${MODEL}","input":"\\ud800"}`, 400, /surrogate/],
    ["an unknown model", "/api/embed", JSON.stringify({ ...base, model: "nothing" }), 404, /Cannot find model "nothing"/],
    ["a model name that climbs out", "/api/embed", JSON.stringify({ ...base, model: "../../etc" }), 404, /Cannot find model/],
    ["an empty list", "/v1/embeddings", JSON.stringify({ ...base, input: [] }), 400, /input/],
    ["a million inputs", "/v1/embeddings", JSON.stringify({ ...base, input: Array(1_000_000).fill("") }), 400, /1000000.*2048/s],
    ["NaN dimensions", "/v1/embeddings", `{"model":"${MODEL}","input":"x","dimensions":NaN}`, 400, /JSON/],
    ["no dimensions that the model has", "/v1/embeddings", JSON.stringify({ ...base, dimensions: 100 }), 400, /384/],
    ["fractional dimensions", "/v1/embeddings", JSON.stringify({ ...base, dimensions: 1.5 }), 400, /dimensions/],
    ["a token id below 0", "/v1/embeddings", JSON.stringify({ ...base, input: [1, -2] }), 400, /input\[1\]: found -2, expected a token id/],
    ["zero dimensions", "/api/embed", JSON.stringify({ ...base, dimensions: 0 }), 400, /0 dimensions: need 384/],
    ["keep_alive without a unit", "/api/embed", JSON.stringify({ ...base, keep_alive: "300" }), 400, /keep_alive: found "300"/],
    ["a context length", "/api/embed", JSON.stringify({ ...base, options: { num_ctx: 512 } }), 400, /options\.num_ctx/],
    ["a body over its limit", "/api/embed", "x".repeat(17 * 1024 * 1024), 413, /body/],
  ];
  test.each(cases)("%s", async (_, path, body, status, message) => {
    const response = await fetch(`${server.url}${path}`, { method: "POST", body });
    const answer = (await response.json()) as { error: string | { message: string; type: string; param: unknown; code: unknown } };
    const text = typeof answer.error === "string" ? answer.error : answer.error.message;
    expect({ status: response.status, text }).toEqual({ status, text: expect.stringMatching(message) });
    if (path.startsWith("/v1")) expect(Object.keys(answer.error).toSorted()).toEqual(["code", "message", "param", "type"]);
    expect((await post("/api/embed", base)).status).toBe(200);
  });
});

describe("processes", () => {
  test("the engine's own version is the one that version and plugin list give", async () => {
    const { stdout } = await runTermite(["version", "--json"], { home: folder.path });
    const { onnxruntime } = JSON.parse(stdout).engines;
    expect(server.stderr()).toContain(`library=onnxruntime version=${onnxruntime} `);
  });

  test("the server maps no inference library: at load, under requests, after a restart of the runner", async () => {
    const engineMaps = () => readFileSync(`/proc/${server.pid}/maps`, "utf8").split("\n").filter((line) => /onnxruntime|pjrt/i.test(line));
    expect(engineMaps()).toEqual([]);
    process.kill(findRunner(server.pid)!, "SIGKILL");
    await Promise.all(references.slice(0, 8).map(({ text }) => post("/api/embed", { model: MODEL, input: `unseen: ${text}` })));
    expect(engineMaps()).toEqual([]);
    const runner = findRunner(server.pid)!;
    expect(readFileSync(`/proc/${runner}/maps`, "utf8")).toContain("onnxruntime");
  });

  test("the runner ends when the server is killed", async () => {
    const other = await startServer({ home: folder.path });
    const runner = findRunner(other.pid)!;
    other.kill("SIGKILL");
    await other.exited;
    for (let wait = 0; wait < 200 && isAlive(runner); wait++) await Bun.sleep(10);
    expect(isAlive(runner)).toBe(false);
  });

  test("SIGTERM: readiness off, work in hand is answered, exit code 0", async () => {
    const other = await startServer({ home: folder.path });
    const input = Array.from({ length: 60 }, (_, index) => `${"long text to embed ".repeat(30)}${index}`);
    const answer = fetch(`${other.url}/api/embed`, { method: "POST", body: JSON.stringify({ model: MODEL, input }) });
    await Bun.sleep(150);
    const code = other.stop();
    await Bun.sleep(50);
    const ready = await fetch(`${other.url}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({ status: 503, body: { status: "draining" } });
    const refused = await fetch(`${other.url}/api/embed`, { method: "POST", body: JSON.stringify({ model: MODEL, input: "x" }) });
    expect(refused.status).toBe(503);
    expect((await answer).status).toBe(200);
    expect(await code).toBe(0);
  }, 30_000);

  test("a second SIGTERM ends at once", async () => {
    const other = await startServer({ home: folder.path });
    const input = Array.from({ length: 2000 }, (_, index) => `${"long text to embed ".repeat(50)}${index}`);
    const answer = fetch(`${other.url}/api/embed`, { method: "POST", body: JSON.stringify({ model: MODEL, input }) }).catch(() => undefined);
    await Bun.sleep(300);
    other.kill("SIGTERM");
    await Bun.sleep(200);
    const before = Date.now();
    other.kill("SIGTERM");
    expect(await other.exited).not.toBe(0);
    expect(Date.now() - before).toBeLessThan(5_000);
    await answer;
  }, 30_000);
});

describe("eight servers at once on a fresh home", () => {
  test("extract once, and all of them answer", async () => {
    const fresh = createFolder();
    const servers = await Promise.all(Array.from({ length: 8 }, () => startServer({ home: fresh.path })));
    const statuses = await Promise.all(servers.map(async ({ url }) => {
      const body = JSON.stringify({ model: MODEL, input: "x" });
      return (await fetch(`${url}/v1/embeddings`, { method: "POST", body })).status;
    }));
    expect(statuses).toEqual(Array(8).fill(200));
    await Promise.all(servers.map(({ stop }) => stop()));
    const left = Bun.spawnSync(["find", join(fresh.path, ".termite/runtime"), "-maxdepth", "1", "-name", ".*"]).stdout.toString().trim();
    expect(left).toBe("");
    fresh.remove();
  }, 60_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
