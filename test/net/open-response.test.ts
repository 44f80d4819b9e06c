import { describe, expect, test } from "bun:test";
import { openResponse } from "../../src/net/open-response.ts";
import { createCertificate } from "./loopback-certificate.ts";
import { catchError, readAll, serveLoopback } from "./serve-loopback.ts";

const SECRET = "Basic c2VjcmV0OnRva2Vu";

describe("openResponse()", () => {
  test("keeps credentials and private headers from another host when redirected", async () => {
    using other = serveLoopback(() => new Response("content"), "localhost");
    using server = serveLoopback(() => Response.redirect(new URL("/file", other.url).href, 302));
    const options = {
      credentials: { origin: server.url.origin, authorization: SECRET },
      headers: { "x-key": "secret" },
    };
    const response = await openResponse(server.url, { accept: "text/plain" }, options);
    expect((await readAll(response.body)).toString()).toBe("content");
    expect(response.url.href).toBe(new URL("/file", other.url).href);
    expect(server.requests[0]?.headers.get("authorization")).toBe(SECRET);
    expect(server.requests[0]?.headers.get("x-key")).toBe("secret");
    expect(other.requests[0]?.headers.get("accept")).toBe("text/plain");
    expect(other.requests[0]?.headers.has("authorization")).toBe(false);
    expect(other.requests[0]?.headers.has("x-key")).toBe(false);
  });

  test("sends credentials again when redirected within the host", async () => {
    using server = serveLoopback((_, count) =>
      count === 1 ? new Response(null, { status: 307, headers: { location: "../b" } }) : new Response("content"),
    );
    const options = { credentials: { origin: server.url.origin, authorization: SECRET } };
    const response = await openResponse(new URL("/a/", server.url), {}, options);
    expect((await readAll(response.body)).toString()).toBe("content");
    expect(server.requests.map(({ path, headers }) => [path, headers.get("authorization")])).toEqual([
      ["/a/", SECRET],
      ["/b", SECRET],
    ]);
  });

  test("does not use the credentials of a redirect's address", async () => {
    using server = serveLoopback((request, count) =>
      count === 1
        ? new Response(null, { status: 302, headers: { location: request.url.replace("//", "//user:pass@") } })
        : new Response("content"),
    );
    await openResponse(server.url, {}, {});
    expect(server.requests[1]?.headers.has("authorization")).toBe(false);
  });

  test.each([
    [
      "a redirect to plain http elsewhere",
      "http://example.invalid/x",
      'Cannot fetch "http://example.invalid/x": found "http:", need https',
    ],
    ["a redirect to another scheme", "file:///etc/passwd", 'Cannot fetch "HOST/a": found a redirect to nowhere'],
    ["a redirect in a circle", "/a", 'Cannot fetch "HOST/a": found more than 5 redirects'],
  ])("refuses %s", async (_, location, message) => {
    using server = serveLoopback(() => new Response(null, { status: 302, headers: { location } }));
    const error = await catchError(openResponse(new URL("/a", server.url), {}, {}));
    expect(error).toMatchObject({ code: "download_failed", message: message.replace("HOST", server.url.origin) });
  });

  test("opens no connection when offline", async () => {
    using server = serveLoopback(() => new Response("content"));
    const error = await catchError(openResponse(server.url, {}, { offline: true }));
    expect(error).toMatchObject({ code: "offline" });
    expect(server.requests).toEqual([]);
  });

  test.each([
    [404, undefined, { status: 404, passing: false }],
    [503, "3", { status: 503, passing: true, retryAfterMs: 3000 }],
  ])("says what a retry has to know when the server answers %d", async (status, retryAfter, details) => {
    const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
    using server = serveLoopback(() => new Response("no", { status, headers }));
    const error = await catchError(openResponse(server.url, {}, {}));
    expect(error).toMatchObject({ code: "download_failed", details });
    expect(String(error)).toBe(`TermiteError: Cannot fetch "${server.url.href}": the server answered ${status}`);
  });

  test("says how long a server asks to wait when that is too long", async () => {
    using server = serveLoopback(() => new Response("no", { status: 429, headers: { "retry-after": "3600" } }));
    expect(await catchError(openResponse(server.url, {}, {}))).toMatchObject({
      message: `Cannot fetch "${server.url.href}": the server answered 429 and asks to wait 3600 s, need at most 120 s`,
      hint: "Run it again in 3600 s",
    });
  });

  test("names a connection that cannot be made", async () => {
    const server = serveLoopback(() => new Response("content"));
    server[Symbol.dispose]();
    const error = await catchError(openResponse(server.url, {}, {}));
    expect(error).toMatchObject({
      message: `Cannot fetch "${server.url.href}": the connection failed (ECONNREFUSED)`,
      details: { passing: true },
    });
  });

  test.each([
    ["before its headers", () => new Promise<Response>(() => {})],
    [
      "inside its body",
      () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(9)) })),
    ],
  ])("gives up when the server falls silent %s", async (_, handler) => {
    using server = serveLoopback(handler);
    const work = openResponse(server.url, {}, { stallTimeoutMs: 100 }).then(({ body }) => readAll(body));
    expect(await catchError(work)).toMatchObject({
      message: `Cannot fetch "${server.url.href}": found no byte for 100 ms`,
      details: { passing: true },
    });
  });

  test("does not take a slow reader for a silent server", async () => {
    using server = serveLoopback(() => new Response(Buffer.alloc(3_000_000)));
    const { body } = await openResponse(server.url, {}, { stallTimeoutMs: 100 });
    let sizeBytes = 0;
    for await (const piece of body) {
      if (sizeBytes === 0) await Bun.sleep(300);
      sizeBytes += piece.byteLength;
    }
    expect(sizeBytes).toBe(3_000_000);
  });

  test("throws the caller's reason when the caller aborts", async () => {
    using server = serveLoopback(() => new Promise<Response>(() => {}));
    const controller = new AbortController();
    const work = openResponse(server.url, {}, { signal: controller.signal });
    const reason = new Error("stop");
    controller.abort(reason);
    expect(await catchError(work)).toBe(reason);
  });
});

describe("openResponse() over TLS", () => {
  const { cert, key } = createCertificate();
  const serve = (handler: () => Response): Bun.Server<undefined> =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { cert, key }, fetch: handler });

  test("trusts the authority that it is given", async () => {
    using server = serve(() => new Response("content"));
    const { body } = await openResponse(
      new URL(`https://127.0.0.1:${server.port}/`),
      {},
      { certificateAuthority: cert },
    );
    expect((await readAll(body)).toString()).toBe("content");
  });

  test("refuses a certificate that nobody vouches for, and does not ask again", async () => {
    using server = serve(() => new Response("content"));
    const error = await catchError(openResponse(new URL(`https://127.0.0.1:${server.port}/`), {}, {}));
    expect(error).toMatchObject({
      message: `Cannot fetch "https://127.0.0.1:${server.port}/": its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)`,
      hint: "Set SSL_CERT_FILE to a file with your certificate authority",
      details: {},
    });
  });

  test("refuses a redirect from https to plain http, even to this machine", async () => {
    using plain = serveLoopback(() => new Response("content"));
    using server = serve(() => Response.redirect(plain.url.href, 302));
    const address = new URL(`https://127.0.0.1:${server.port}/`);
    const error = await catchError(openResponse(address, {}, { certificateAuthority: cert }));
    expect(error).toMatchObject({
      message: `Cannot fetch "${address.href}": found a redirect from https to plain http`,
    });
    expect(plain.requests).toEqual([]);
  });
});
