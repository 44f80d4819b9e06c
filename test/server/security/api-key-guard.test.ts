import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import { listen } from "../../../src/server/listen.ts";
import { MODEL, createFakeDeps, post } from "../fake-deps.ts";
import { createBearer, createKey } from "./keys.ts";

const BODY = { model: MODEL, input: "x" };
const HINT = 'send the header "Authorization: Bearer KEY"';
const MISSING = `Cannot answer the request: no API key was sent (${HINT})`;
const WRONG = `Cannot answer the request: the API key that was sent is not a known one (${HINT})`;

function createGuarded() {
  const deps = createFakeDeps({ apiKeys: [createKey("other"), createKey("secret")] });
  return { app: createApp(deps), deps };
}

describe("createApiKeyGuard()", () => {
  test.each<[string, object]>([
    ["/v1/embeddings", { error: { message: MISSING, type: "invalid_request_error", param: null, code: "unauthorized" } }],
    ["/api/embed", { error: MISSING }],
    ["/v2/rerank", { message: MISSING }],
    ["/embed", { error: MISSING, error_type: "Validation" }],
    ["/no/such/route", { error: MISSING }],
  ])("refuses %s without a key, in the dialect's own shape", async (path, body) => {
    const { app, deps } = createGuarded();
    const response = await app.request(path, post(BODY));
    expect([response.status, response.headers.get("www-authenticate"), await response.json()]).toEqual([401, "Bearer", body]);
    expect([deps.requests, deps.calls]).toEqual([[], []]);
  });

  test("refuses a key that it does not know, and logs neither key", async () => {
    const { app, deps } = createGuarded();
    const headers = { authorization: "Bearer guessed", "x-request-id": "r1" };
    const response = await app.request("/api/embed", { ...post(BODY), headers });
    expect([response.status, await response.json()]).toEqual([401, { error: WRONG }]);
    expect(deps.lines[0]).toEqual({
      level: "warn",
      message: "request refused",
      fields: { id: "r1", method: "POST", path: "/api/embed", found: "the API key that was sent is not a known one" },
    });
    expect(JSON.stringify(deps.lines)).not.toMatch(/guessed|secret/);
  });

  test("lets a known key in, and names it in the access log", async () => {
    const { app, deps } = createGuarded();
    const response = await app.request("/api/embed", { ...post(BODY), ...createBearer("secret") });
    expect(response.status).toBe(200);
    expect(deps.lines.map(({ message, fields }) => [message, fields["key"]])).toEqual([["request", "secret"]]);
  });

  test.each(["/", "/health", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"])("leaves GET and HEAD of %s open", async (path) => {
    const { app } = createGuarded();
    expect((await app.request(path)).status).toBe(200);
    expect((await app.request(path, { method: "HEAD" })).status).toBe(200);
    expect((await app.request(path, { method: "POST" })).status).toBe(401);
  });

  test("asks for nothing where there are no keys", async () => {
    const response = await createApp(createFakeDeps()).request("/api/embed", { ...post(BODY), ...createBearer("any") });
    expect(response.status).toBe(200);
  });

  test("takes a key of any bytes over a socket", async () => {
    const deps = createFakeDeps({ apiKeys: [createKey("clé")] });
    const listener = listen({ app: createApp(deps), hostname: "127.0.0.1", port: 0, log: deps.log });
    const authorization = Buffer.from("Bearer clé").toString("latin1");
    const response = await fetch(`${listener.url}/v1/models`, { headers: { authorization } });
    await listener.stop();
    expect(response.status).toBe(200);
  });
});
