// Refused because too much waits: in every dialect, before the body is read, with a time to come back.
import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import type { EmbedRequest } from "../../src/pipelines/embed-request.ts";
import { Admission } from "../../src/scheduler/admission.ts";
import { createApp } from "../../src/server/app.ts";
import type { ServerDeps } from "../../src/server/deps.ts";
import { answerNever, createFakeDeps, MODEL, post } from "./fake-deps.ts";
import { createKey } from "./security/keys.ts";

function createAdmission(maxRequests: number): Admission {
  return new Admission({ maxQueueTokens: 100, maxRequests, requestTimeoutMs: 5000, tokensPerSecond: () => undefined });
}

const MESSAGE = "Cannot take work now: 1 requests are being answered, 1 of them for this client, the limit is 1";
const TEI = { error: MESSAGE, error_type: "Overloaded" };
const OPENAI = { error: { message: MESSAGE, type: "rate_limit_error", param: null, code: "overloaded" } };

describe("createAdmissionGate()", () => {
  test.each([
    ["/api/embed", { error: MESSAGE }],
    ["/api/rerank", { error: MESSAGE }],
    ["/v1/embeddings", OPENAI],
    ["/openai/v1/embeddings", OPENAI],
    ["/v2/embed", { message: MESSAGE }],
    ["/v1/rerank", { message: MESSAGE }],
    ["/embed", TEI],
    ["/", TEI],
    ["/m/x/rerank", TEI],
  ])("answers 429 with Retry-After at %s in the dialect that was spoken, and reads no body", async (path, body) => {
    const admission = createAdmission(1);
    admission.enter("");
    const unread = new ReadableStream({ pull: () => expect.unreachable() }, { highWaterMark: 0 });
    const response = await createApp(createFakeDeps({ admission })).request(path, { method: "POST", body: unread });
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([429, "1", body]);
  });

  test("says the seconds that the queue needs where the pipeline refuses", async () => {
    const details = { reason: "tokens", retryAfterSeconds: 12 };
    const refuse = (): never => {
      throw new TermiteError("overloaded", "Cannot take work now: 900 tokens are waiting", { details });
    };
    const response = await createApp(createFakeDeps({}, refuse)).request("/api/embed", post({ model: "x", input: "a" }));
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "12"]);
  });

  test("lets everything in that is no work, and is asked after the phase of the server", async () => {
    const admission = createAdmission(1);
    admission.enter("");
    const app = createApp(createFakeDeps({ admission, readiness: () => ({ status: "draining" }) }));
    const paths = ["/healthz", "/api/tags", "/metrics"];
    expect(await Promise.all(paths.map(async (path) => (await app.request(path)).status))).toEqual([200, 200, 200]);
    expect((await app.request("/api/embed", post({ model: "x", input: "a" }))).status).toBe(503);
  });

  test("counts a request until it is answered, has failed, or its client has left", async () => {
    const admission = createAdmission(9);
    const client = new AbortController();
    const app = createApp(createFakeDeps({ admission }, answerNever));
    const never = app.request("/api/embed", { ...post({ model: "x", input: "a" }), signal: client.signal });
    expect(admission.figures().requests).toBe(1);
    client.abort();
    expect((await never).status).toBe(499);
    expect((await app.request("/api/embed", post("{"))).status).toBe(400);
    expect(admission.figures().requests).toBe(0);
  });
});

describe("the client of a request", () => {
  const ask = async (overrides: Partial<ServerDeps>, headers: Record<string, string> = {}): Promise<EmbedRequest[]> => {
    const deps = createFakeDeps({ admission: createAdmission(9), ...overrides });
    const request = new Request("http://localhost/api/embed", { ...post({ model: MODEL, input: "a" }), headers });
    expect((await createApp(deps).fetch(request, { findAddress: () => "192.0.2.7" })).status).toBe(200);
    return deps.requests;
  };

  test("is its address, whatever it says of itself", async () => {
    expect((await ask({}, { "x-forwarded-for": "198.51.100.1" }))[0]?.client).toBe("192.0.2.7");
  });

  test("is its key where keys are asked for", async () => {
    const key = createKey("team-a");
    const requests = await ask({ apiKeys: [key] }, { authorization: "Bearer team-a" });
    expect(requests[0]?.client).toBe(key.name);
  });
});
