import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import { listen } from "../../../src/server/listen.ts";
import { MODEL, createFakeDeps, post } from "../fake-deps.ts";

const HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

describe("createSecurityHeaders()", () => {
  test.each<[string, RequestInit, number]>([
    ["/", {}, 200],
    ["/v1/embeddings", post({ model: MODEL, input: "x" }), 200],
    ["/v1/embeddings", post("{"), 400],
    ["/v1/models/nothing", {}, 404],
    ["/nothing", {}, 404],
    ["/v1/models", { method: "DELETE" }, 405],
  ])("puts them on the answer of %s %p", async (path, init, status) => {
    const response = await createApp(createFakeDeps()).request(path, init);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS);
  });

  test("tells nothing of the program over a socket", async () => {
    const deps = createFakeDeps();
    const listener = listen({ app: createApp(deps), hostname: "127.0.0.1", port: 0, log: deps.log });
    const { headers } = await fetch(`${listener.url}/healthz`);
    await listener.stop();
    expect(["server", "x-powered-by", "via"].filter((name) => headers.has(name))).toEqual([]);
    expect(Object.fromEntries(headers)).toMatchObject(HEADERS);
  });
});
