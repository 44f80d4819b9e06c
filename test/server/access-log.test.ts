// Who sees a request: the log, where it is wanted, and metrics, by the route and never by what a client wrote.
import { describe, expect, test } from "bun:test";
import { NO_METRICS } from "../../src/metrics.ts";
import type { RequestFacts } from "../../src/metrics.ts";
import { createApp } from "../../src/server/app.ts";
import type { ServerDeps } from "../../src/server/deps.ts";
import { createFakeDeps, post } from "./fake-deps.ts";
import { createKey } from "./security/keys.ts";

function create(overrides: Partial<ServerDeps> = {}) {
  const seen: RequestFacts[] = [];
  let started = 0;
  const metrics = {
    ...NO_METRICS,
    noteRequestStarted: () => void started++,
    noteRequestEnded: (facts: RequestFacts) => void seen.push(facts),
    format: async () => "# HELP x y\n",
    contentType: "text/plain; version=0.0.4; charset=utf-8",
  };
  const deps = createFakeDeps({ metrics, ...overrides });
  return { app: createApp(deps), deps, seen, started: () => started };
}

const EMBED = post({ model: "x", input: ["a", "b"] });
const FROM = { findAddress: () => "192.0.2.7" };

describe("createAccessLog()", () => {
  test("tells metrics route, status and code, whatever the path was", async () => {
    const { app, seen, started } = create({ apiKeys: [] });
    await app.request("/api/embed", EMBED);
    await app.request("/v1/models/some/model");
    await app.request("/m/x/embed", post("{"));
    await app.request("/api/nothing/at/all");
    await app.request("/api/embed", { method: "DELETE" });
    expect(seen.map(({ route, status, error }) => [route, status, error])).toEqual([
      ["/api/embed", 200, undefined],
      ["/v1/models/{id}", 404, "model_not_found"],
      ["/m/{model}/embed", 422, "invalid_request"],
      ["none", 404, "route_not_found"],
      ["/api/embed", 405, "method_not_allowed"],
    ]);
    expect(started()).toBe(5);
  });

  test("tells the time from the result to the body where there was a result", async () => {
    const { app, seen } = create();
    await app.request("/api/embed", EMBED);
    await app.request("/embed", post({ inputs: "a" }));
    await app.request("/api/rerank", post({ model: "x", query: "a", documents: ["b"] }));
    await app.request("/healthz");
    expect(seen.map(({ serializeSeconds }) => serializeSeconds !== undefined && serializeSeconds >= 0)).toEqual([true, true, true, false]);
    for (const { seconds, serializeSeconds = 0 } of seen) expect(seconds).toBeGreaterThanOrEqual(serializeSeconds);
  });

  test("names the client by its key, else by its address where it asks for work", async () => {
    const open = create();
    await open.app.fetch(new Request("http://localhost/api/embed", EMBED), FROM);
    const guarded = create({ apiKeys: [createKey("secret")] });
    await guarded.app.fetch(new Request("http://localhost/api/embed", { ...EMBED, headers: { authorization: "Bearer secret" } }), FROM);
    const names = [open, guarded].map(({ deps: { lines } }) => [lines[0]?.fields["client"], lines[0]?.fields["key"]]);
    expect(names).toEqual([["192.0.2.7", undefined], [undefined, "secret"]]);
  });

  test("writes no line where none is wanted, but failures of the server", async () => {
    const embed = () => Promise.reject(new Error("broken"));
    const { app, deps, seen } = create({ hasAccessLog: false, embedder: { ...createFakeDeps().embedder, embed } });
    await app.request("/api/tags");
    await app.request("/api/embed", EMBED);
    expect(deps.lines.map(({ level, message }) => [level, message])).toEqual([["error", "request failed"]]);
    expect(seen.map(({ status }) => status)).toEqual([200, 500]);
  });
});

describe("GET /metrics", () => {
  test("gives what was counted and is logged at debug", async () => {
    const { app, deps } = create();
    const response = await app.request("/metrics");
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200, "text/plain; version=0.0.4; charset=utf-8", "# HELP x y\n",
    ]);
    expect(deps.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test("is no route where nothing is counted", async () => {
    const { metrics: _, ...deps } = createFakeDeps();
    expect((await createApp(deps).request("/metrics")).status).toBe(404);
  });
});
