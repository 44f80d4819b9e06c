import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import { createFakeDeps } from "../fake-deps.ts";
import { createBearer, createKey } from "./keys.ts";

const PAGE = "https://app.example";

function preflight(origin: string): RequestInit {
  return {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-lang",
    },
  };
}

function listCors({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

describe("createCors()", () => {
  test("is closed where no origin is configured", async () => {
    const app = createApp(createFakeDeps());
    const asked = await app.request("/v1/models", { headers: { origin: PAGE } });
    expect([asked.status, listCors(asked), asked.headers.get("vary")]).toEqual([200, {}, null]);
    const response = await app.request("/v1/embeddings", preflight(PAGE));
    expect([response.status, listCors(response), response.headers.get("allow")]).toEqual([405, {}, "POST"]);
  });

  test("answers a preflight of a configured origin without a key, and lets the client's own headers pass", async () => {
    const app = createApp(createFakeDeps({ corsOrigins: ["https://other.example", PAGE], apiKeys: [createKey("k")] }));
    const response = await app.request("/v1/embeddings", preflight(PAGE));
    expect(response.status).toBe(204);
    expect(listCors(response)).toEqual({
      "access-control-allow-origin": PAGE,
      "access-control-allow-methods": "GET,HEAD,POST",
      "access-control-allow-headers": "authorization,content-type,x-stainless-lang",
      "access-control-expose-headers": "x-request-id,retry-after",
      "access-control-max-age": "600",
    });
    expect(response.headers.get("vary")).toContain("Origin");
  });

  test.each([`${PAGE}.evil.example`, "http://app.example", `${PAGE}:8443`, "null", "HTTPS://APP.EXAMPLE"])(
    "lets no page of %s in",
    async (origin) => {
      const app = createApp(createFakeDeps({ corsOrigins: [PAGE] }));
      for (const init of [preflight(origin), { headers: { origin } }]) {
        const response = await app.request("/v1/models", init);
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        expect(response.headers.get("vary")).toContain("Origin");
      }
    },
  );

  test("says so on errors too, so that a page can read them", async () => {
    const app = createApp(createFakeDeps({ corsOrigins: [PAGE], apiKeys: [createKey("k")] }));
    const response = await app.request("/v1/models", { headers: { origin: PAGE } });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([401, PAGE]);
  });

  test("lets every origin in for *, never with the browser's credentials", async () => {
    const app = createApp(createFakeDeps({ corsOrigins: ["*"], apiKeys: [createKey("k")] }));
    const response = await app.request("/v1/models", { headers: { origin: PAGE, ...createBearer("k").headers } });
    expect([response.status, listCors(response)]).toEqual([
      200,
      { "access-control-allow-origin": "*", "access-control-expose-headers": "x-request-id,retry-after" },
    ]);
  });
});
