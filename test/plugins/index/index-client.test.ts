import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIndexClient } from "../../../src/plugins/index/index-client.ts";
import { createCertificate } from "../../net/loopback-certificate.ts";
import { catchError, serveLoopback } from "../../net/serve-loopback.ts";
import { formatSha256, serveIndex } from "./serve-index.ts";

const WHEEL = Buffer.from("not a wheel, but a file");
const FILE = "demo_pkg-1.0-py3-none-any.whl";
const SECRET = "Basic c2VjcmV0OnRva2Vu";

describe("createIndexClient()", () => {
  test.each([
    ["json", WHEEL.length],
    ["html", undefined],
  ] as const)("finds a file in %s whatever the spelling of its project", async (format, sizeBytes) => {
    using server = serveIndex({ wheel: WHEEL, fileName: FILE, format });
    expect(await server.createClient().findFile("Demo._PKG", FILE)).toEqual({
      fileName: FILE,
      url: new URL(`/files/${FILE}`, server.url),
      sha256: formatSha256(WHEEL),
      sizeBytes,
      yanked: false,
      requiresPython: ">=3.8",
    });
    expect(server.requests[0]?.path).toBe("/simple/demo-pkg/");
    expect(server.requests[0]?.headers.get("accept")).toStartWith("application/vnd.pypi.simple.v1+json, ");
  });

  test("lists every file of a project", async () => {
    using server = serveIndex({ wheel: WHEEL, fileName: FILE, format: "json" });
    expect((await server.createClient().listFiles("Demo._PKG")).map(({ fileName }) => fileName)).toEqual([FILE]);
  });

  test("returns undefined when the project has no such file", async () => {
    using server = serveIndex({ wheel: WHEEL, fileName: FILE, format: "json" });
    expect(await server.createClient().findFile("demo-pkg", "demo_pkg-2.0.whl")).toBeUndefined();
  });

  test("names the package when the index does not have it", async () => {
    using server = serveIndex({ wheel: WHEEL, fileName: FILE, format: "json" });
    expect(await catchError(server.createClient().findFile("Other.Pkg", FILE))).toMatchObject({
      code: "package_not_found",
      message: `Cannot find package "other-pkg": "${server.url.href}simple/" does not have it`,
    });
  });

  test("says that the index is unavailable when no retry helps", async () => {
    using server = serveLoopback(() => new Response("no", { status: 503 }));
    const client = createIndexClient({ indexUrl: server.url, retries: 1, retryDelayMs: 1 });
    expect(await catchError(client.findFile("demo", FILE))).toMatchObject({
      code: "index_unavailable",
      message: `Cannot fetch "${server.url.href}demo/": the server answered 503`,
      hint: "Check the network, or name another index in plugins.index_url or PIP_INDEX_URL",
    });
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ["--plugins-index-url", "--plugins-index-url"],
    ["UV_DEFAULT_INDEX", "UV_DEFAULT_INDEX"],
    ["/etc/pip.conf", '"/etc/pip.conf"'],
  ])("names what is in force in its hints: %s", async (origin, setting) => {
    using server = serveLoopback(() => new Response("no", { status: 418 }));
    expect(await catchError(createIndexClient({ indexUrl: server.url, origin }).findFile("demo", FILE))).toMatchObject({
      hint: `Check the network, or name another index in ${setting}`,
    });
  });

  test("tells at once that nobody listens when somebody else can be asked", async () => {
    const server = serveLoopback(() => new Response("no"));
    server[Symbol.dispose]();
    const client = createIndexClient({ indexUrl: server.url, retryDelayMs: 60_000 });
    expect(await catchError(client.findFile("demo", FILE, { hasAlternative: true }))).toMatchObject({
      code: "index_unavailable",
      message: `Cannot fetch "${server.url.href}demo/": the connection failed (ECONNREFUSED)`,
    });
  });

  test.each([
    ["text/plain", "hello", 'found content type "text/plain"'],
    ["text/html", ' {"meta":{"api-version":"1.0"},"files":[]}', 'found JSON of content type "text/html"'],
    ["application/json", '"x"', 'the document: Invalid type: Expected Object but received "x"'],
    ["application/json", '{"meta":{"api-version":"2.0"},"files":[]}', "meta.api-version: need version 1"],
    ["application/json", "{", "JSON Parse error: Expected '}'"],
  ])("refuses a page of %s: %s", async (contentType, text, found) => {
    using server = serveLoopback(() => new Response(text, { headers: { "content-type": contentType } }));
    expect(await catchError(createIndexClient({ indexUrl: server.url }).findFile("demo", FILE))).toMatchObject({
      code: "index_unavailable",
      message: `Cannot read the index page "${server.url.href}demo/": ${found}`,
    });
  });

  test("asks nobody when offline", async () => {
    using server = serveIndex({ wheel: WHEEL, fileName: FILE, format: "json" });
    expect(await catchError(server.createClient({ offline: true }).findFile("demo-pkg", FILE))).toMatchObject({
      code: "offline",
      message: `Cannot fetch "${server.url.href}simple/demo-pkg/": termite is offline`,
      hint: "Leave out --offline and TERMITE_OFFLINE",
    });
    expect(server.requests).toEqual([]);
  });

  test("shows its credentials to the index only, and to nobody in an error", async () => {
    using other = serveLoopback(() => new Response("no", { status: 403 }), "localhost");
    using server = serveLoopback(() => Response.redirect(other.url.href, 302));
    const credentials = { origin: server.url.origin, authorization: SECRET };
    const error = await catchError(createIndexClient({ indexUrl: server.url, credentials }).findFile("demo", FILE));
    expect(server.requests[0]?.headers.get("authorization")).toBe(SECRET);
    expect(other.requests[0]?.headers.has("authorization")).toBe(false);
    expect(Bun.inspect(error)).not.toContain("c2VjcmV0");
  });

  test("trusts the authorities of a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "termite-index-"));
    const tls = createCertificate();
    const fetch = (): Response => Response.json({ meta: { "api-version": "1.0" }, files: [] });
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch });
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, tls.cert);
    const client = createIndexClient({ indexUrl: new URL(`https://127.0.0.1:${server.port}/`), caFile });
    expect(await client.findFile("demo", FILE)).toBeUndefined();
    await rm(folder, { recursive: true });
    expect(() => createIndexClient({ indexUrl: client.indexUrl, caFile })).toThrow(
      `Cannot read the certificate file "${caFile}": it cannot be opened`,
    );
  });
});
