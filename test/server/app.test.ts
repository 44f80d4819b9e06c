import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import { createApp } from "../../src/server/app.ts";
import type { ReadinessStatus } from "../../src/server/deps.ts";
import { MODEL, answerNever, createFakeDeps, post } from "./fake-deps.ts";

const BODY = { model: "x", input: ["a", "b"] };

describe("createApp()", () => {
  test.each([
    ["GET", "/api/embed", "POST", { error: 'Cannot answer GET "/api/embed": expected POST' }],
    ["DELETE", "/api/version", "GET, HEAD", { error: 'Cannot answer DELETE "/api/version": expected GET, HEAD' }],
    ["POST", "/healthz", "GET, HEAD", { error: 'Cannot answer POST "/healthz": expected GET, HEAD' }],
    ["DELETE", "/", "GET, HEAD, POST", { error: 'Cannot answer DELETE "/": expected GET, HEAD, POST' }],
    ["GET", "/v2/embed", "POST", { message: 'Cannot answer GET "/v2/embed": expected POST' }],
    ["PUT", "/m/a/b/embed", "POST", { error: 'Cannot answer PUT "/m/a%2Fb/embed": expected POST', error_type: "Validation" }],
    ["GET", "/api/show", "POST", { error: 'Cannot answer GET "/api/show": expected POST' }],
    [
      "DELETE",
      "/v1/models/a/b",
      "GET, HEAD",
      {
        error: {
          message: 'Cannot answer DELETE "/v1/models/a/b": expected GET, HEAD',
          type: "invalid_request_error",
          param: null,
          code: "method_not_allowed",
        },
      },
    ],
    [
      "GET",
      "/openai/v1/embeddings",
      "POST",
      {
        error: {
          message: 'Cannot answer GET "/openai/v1/embeddings": expected POST',
          type: "invalid_request_error",
          param: null,
          code: "method_not_allowed",
        },
      },
    ],
  ])("answers 405 with Allow when %s comes to %s", async (method, path, allow, body) => {
    const response = await createApp(createFakeDeps()).request(path, { method });
    expect([response.status, response.headers.get("allow"), await response.json()]).toEqual([405, allow, body]);
  });

  test.each(["/api", "/api/generate", "/v1/models/", "/v2/nothing", "/v1x", "/healthz/"])("answers 404 at %s", async (path) => {
    const response = await createApp(createFakeDeps()).request(path);
    const message = `Cannot find "${path}": no such route (the routes are listed at /openapi.json)`;
    const openai = { error: { message, type: "invalid_request_error", param: null, code: "route_not_found" } };
    const body = path.startsWith("/v1/") ? openai : path.startsWith("/v2/") ? { message } : { error: message };
    expect([response.status, await response.json()]).toEqual([404, body]);
  });

  test.each(["/", "/healthz", "/api/version", "/api/tags", "/api/ps", "/api/models", "/v1/models", "/v1/models/a%2Fb"])(
    "answers HEAD at %s without a body as it answers GET",
    async (path) => {
      const app = createApp(createFakeDeps());
      const [head, get] = [await app.request(path, { method: "HEAD" }), await app.request(path)];
      expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([get.status, get.headers.get("content-type"), ""]);
    },
  );

  test("echoes a sane request id and makes one otherwise", async () => {
    const app = createApp(createFakeDeps());
    const send = async (id: string) =>
      (await app.request("/nothing", { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await send("a.b/7~!")).toBe("a.b/7~!");
    expect(await send("x".repeat(128))).toBe("x".repeat(128));
    for (const id of ["x".repeat(129), "two words", "é", ""]) expect(await send(id)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("forbids sniffing and names no origin", async () => {
    const { headers } = await createApp(createFakeDeps()).request("/api/version", {
      headers: { origin: "http://evil" },
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  test("writes one line a request, with the path and never the query", async () => {
    const deps = createFakeDeps();
    const response = await createApp(deps).request("/api/embed?key=secret", {
      ...post(BODY),
      headers: { "x-request-id": "r1", "content-length": "34" },
    });
    const bytesOut = (await response.bytes()).length;
    const work = { model: MODEL, inputs: 2, tokens: 6 };
    const fields = {
      method: "POST",
      path: "/api/embed",
      status: 200,
      ms: expect.any(Number),
      id: "r1",
      bytesIn: 34,
      bytesOut,
    };
    expect(deps.lines).toEqual([
      { level: "info", message: "request", fields: { ...fields, error: undefined, ...work } },
    ]);
  });

  test("logs probes at debug and refusals with their code", async () => {
    const deps = createFakeDeps();
    const app = createApp(deps);
    await app.request("/healthz");
    await app.request("/readyz");
    await app.request("/api/embed", post([]));
    expect(deps.lines.map(({ level, fields }) => [level, fields["path"], fields["status"], fields["error"]])).toEqual([
      ["debug", "/healthz", 200, undefined],
      ["debug", "/readyz", 200, undefined],
      ["info", "/api/embed", 400, "invalid_request"],
    ]);
  });

  test("answers an unexpected error without its text, and logs the stack", async () => {
    const deps = createFakeDeps({}, () => Promise.reject(new Error("secret of /srv/models")));
    const response = await createApp(deps).request("/api/embed", post(BODY));
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: "Cannot answer the request: internal error" },
    ]);
    const line = deps.lines.find(({ level }) => level === "error");
    expect(line?.fields["stack"]).toContain("secret of /srv/models\n    at ");
    expect(line?.fields["code"]).toBe("internal");
  });

  test("answers 504 when the time is over, even where the pipeline does not listen", async () => {
    const deps = createFakeDeps({ requestTimeoutMs: 20 }, () => Promise.withResolvers<never>().promise);
    const response = await createApp(deps).request("/api/embed", post(BODY));
    expect([response.status, await response.json()]).toEqual([
      504,
      { error: "Cannot answer in time: the limit is 20 ms" },
    ]);
    expect(deps.requests[0]?.signal.reason).toMatchObject({ code: "deadline_exceeded" });
  });

  test("answers 504 when a body is not there in time, also where no work is asked for", async () => {
    const body = new ReadableStream<Uint8Array>({ start: () => undefined });
    const app = createApp(createFakeDeps({ requestTimeoutMs: 20 }));
    const response = await app.request(new Request("http://x/api/show", { method: "POST", body }));
    expect([response.status, await response.json()]).toEqual([504, { error: "Cannot answer in time: the limit is 20 ms" }]);
  });

  test("stops the work and logs 499 when the client leaves", async () => {
    const deps = createFakeDeps({}, answerNever);
    const client = new AbortController();
    const response = createApp(deps).request("/v1/embeddings", { ...post(BODY), signal: client.signal });
    await Bun.sleep(1);
    client.abort();
    expect([(await response).status, await (await response).text()]).toEqual([499, ""]);
    expect(deps.requests[0]?.signal.aborted).toBe(true);
    expect(deps.lines.map(({ level, fields }) => [level, fields["status"], fields["error"]])).toEqual([
      ["info", 499, "client_closed"],
    ]);
  });

  test("logs the server's own failure when the client has left as well", async () => {
    const client = new AbortController();
    const list = async () => {
      client.abort();
      throw new TermiteError("model_load_failed", "Cannot read the models folder: found EACCES", { hint: "chmod +r" });
    };
    const deps = createFakeDeps({ models: { ...createFakeDeps().models, list } });
    const response = await createApp(deps).request("/v1/models", { signal: client.signal });
    expect(response.status).toBe(499);
    expect(deps.lines.map(({ level, message, fields }) => [level, message, fields["code"], fields["hint"]])).toEqual([
      ["error", "request failed", "model_load_failed", "chmod +r"],
      ["info", "request", undefined, undefined],
    ]);
  });

  test.each<[ReadinessStatus, string, string]>([
    ["loading", "loading", "the default model is loading"],
    ["draining", "draining", "the server is shutting down"],
  ])("refuses work with 503 and Retry-After while it is %s", async (status, code, found) => {
    const deps = createFakeDeps({ readiness: () => ({ status }) });
    const response = await createApp(deps).request("/v1/embeddings", post(BODY));
    const message = `Cannot take work now: ${found}`;
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([
      503,
      "1",
      { error: { message, type: "server_error", param: null, code } },
    ]);
    expect(deps.requests).toEqual([]);
    for (const path of ["/v1/models", "/api/tags", "/api/ps", "/"]) expect((await createApp(deps).request(path)).status).toBe(200);
    expect((await createApp(deps).request("/api/show", post({ model: MODEL }))).status).toBe(200);
  });

  test("lets work through when only the default model failed", async () => {
    const deps = createFakeDeps({ readiness: () => ({ status: "failed", reason: "it cannot load" }) });
    expect((await createApp(deps).request("/api/embed", post(BODY))).status).toBe(200);
  });
});
