import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createApp } from "../../../src/server/app.ts";
import type { ServerDeps } from "../../../src/server/deps.ts";
import type { OpenApiDocument } from "../../../src/server/openapi.ts";
import { createFakeDeps } from "../fake-deps.ts";
import { createKey } from "../security/keys.ts";

async function readPage(overrides: Partial<ServerDeps> = {}, origin = "http://localhost:1") {
  const response = await createApp(createFakeDeps(overrides)).request(`${origin}/docs`);
  return { response, page: await response.text() };
}

describe("GET /docs", () => {
  test.each(["/docs", "/openapi.json"])("%s is made anew after it could not be made", async (path) => {
    let reads = 0;
    const deps = Object.defineProperty(createFakeDeps(), "configSchema", {
      get: () => {
        reads += 1;
        if (reads === 1) throw new Error("not yet");
        return { type: "object" };
      },
    });
    const app = createApp(deps);
    expect([(await app.request(path)).status, (await app.request(path)).status]).toEqual([500, 200]);
  });

  test("shows every operation and every schema of the document", async () => {
    const { response, page } = await readPage();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const document = (await (await createApp(createFakeDeps()).request("/openapi.json")).json()) as OpenApiDocument;
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = [...operations.map(({ operationId }) => operationId), ...Object.keys(document.components.schemas)];
    expect(ids.filter((id) => !page.includes(` id="${id}"`))).toEqual([]);
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !page.includes(` id="${id}"`))).toEqual([]);
  });

  test("has nothing that would be fetched or run, and a policy that permits its style alone", async () => {
    const { response, page } = await readPage();
    expect(page.match(/<(script|link|img|iframe|object|base)\b|\bsrc=|\bstyle=|\bon\w+=|url\(|@import|href="(?![#/])/gi)).toBeNull();
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test("has a line for the shell with this server's address, escaped, and the key where one is needed", async () => {
    const { page } = await readPage({ apiKeys: [createKey("k")] }, "http://a'b.example:8080");
    expect(page).toContain("curl -s http://a&#x27;b.example:8080/healthz</pre>");
    expect(page).toContain(
      "curl -s http://a&#x27;b.example:8080/v1/models \\\n  -H &quot;authorization: Bearer $TERMITE_KEY&quot;</pre>",
    );
    expect((await readPage()).page).not.toContain("TERMITE_KEY");
  });

  test("escapes what the document says", async () => {
    const configSchema = { type: "object", properties: { "<b>": { type: "string", description: "<i> & `<u>`" } } };
    const { page } = await readPage({ configSchema });
    expect(page).toContain("<code>&lt;b&gt;</code>");
    expect(page).toContain("&lt;i&gt; &amp; <code>&lt;u&gt;</code>");
  });
});
