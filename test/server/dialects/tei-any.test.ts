import { describe, expect, test } from "bun:test";
import type { Task } from "../../../src/models/manifest.ts";
import { createApp } from "../../../src/server/app.ts";
import { MODEL, createFakeDeps, post } from "../fake-deps.ts";
import { ask, storeOf } from "./tei-parts.ts";

describe("POST /", () => {
  test("embeds with a model for embedding, and compares where the inputs are a sentence and others", async () => {
    const deps = createFakeDeps();
    expect((await ask("/", { inputs: ["a", "b"], normalize: false }, deps))[0]).toBe(200);
    expect(deps.requests[0]).toMatchObject({ model: MODEL, texts: ["a", "b"], normalize: false });
    const [status, body] = await ask("/", { inputs: { source_sentence: "a", sentences: ["abc"] }, parameters: {} }, deps);
    expect([status, body, deps.calls[0]?.task]).toEqual([200, [1], "similarity"]);
  });

  test.each<[Task, unknown, string]>([
    ["sparse", { inputs: "a" }, "embedSparse"],
    ["rerank", { query: "q", texts: ["a"] }, "rerank"],
    ["classify", { inputs: "a" }, "classify"],
    ["recognize", { inputs: "a" }, "recognize"],
  ])("does what a model for %s is for, also where the path names it", async (task, body, asked) => {
    const deps = createFakeDeps(storeOf(task));
    expect([(await ask("/", body, deps))[0], (await ask("/m/owner/x", body, deps))[0]]).toEqual([200, 200]);
    expect(deps.calls.map((call) => [call.task, call.request.model])).toEqual([[asked, MODEL], [asked, "owner/x"]]);
  });

  test.each<[string, Task, unknown, number, object]>([
    ["vectors in base64", "embed", { inputs: "a", encoding_format: "base64" }, 400, {
      error: 'Cannot obey "encoding_format": only "float" is supported', error_type: "Validation",
    }],
  ])("refuses %s", async (_, task, body, status, answer) => {
    expect(await ask("/", body, createFakeDeps(storeOf(task)))).toEqual([status, answer]);
  });

  test("stands beside GET /", async () => {
    const app = createApp(createFakeDeps());
    expect([(await app.request("/")).status, (await app.request("/", post({ inputs: "a" }))).status]).toEqual([200, 200]);
    const response = await app.request("/", { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  });

  test("answers 404 for a route that is none below /m, as for a model that is not there", async () => {
    const answer = {
      error: `Cannot find model "x/nothing": no such model in the models folder (Did you mean "${MODEL}"?)`, error_type: "Validation",
    };
    expect(await ask("/m/x/nothing", { inputs: "a" })).toEqual([404, answer]);
  });
});
