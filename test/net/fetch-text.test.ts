import { describe, expect, test } from "bun:test";
import { fetchText } from "../../src/net/fetch-text.ts";
import { catchError, serveLoopback } from "./serve-loopback.ts";

const OPTIONS = { accept: "text/html", retryDelayMs: 1 };

describe("fetchText()", () => {
  test("returns the text, its type without parameters, and where it lies", async () => {
    using server = serveLoopback((request) =>
      request.url.endsWith("/a")
        ? Response.redirect("/b", 301)
        : new Response("grüße", { headers: { "content-type": "Text/HTML; charset=utf-8" } }),
    );
    const page = await fetchText(new URL("/a", server.url), OPTIONS);
    expect(page).toEqual({ text: "grüße", contentType: "text/html", url: new URL("/b", server.url) });
    expect(server.requests[1]?.headers.get("accept")).toBe("text/html");
  });

  test("reads a compressed answer", async () => {
    using server = serveLoopback(
      () => new Response(Bun.gzipSync(Buffer.from("text")), { headers: { "content-encoding": "gzip" } }),
    );
    expect((await fetchText(server.url, OPTIONS)).text).toBe("text");
  });

  test("tries again when the server answers 5xx", async () => {
    using server = serveLoopback((_, count) =>
      count < 3 ? new Response("no", { status: 500 }) : new Response("text"),
    );
    expect((await fetchText(server.url, OPTIONS)).text).toBe("text");
  });

  test("refuses a document without an end", async () => {
    const piece = new Uint8Array(8 * 1024 * 1024);
    using server = serveLoopback(() => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(piece) })));
    expect(await catchError(fetchText(server.url, OPTIONS))).toMatchObject({
      message: `Cannot fetch "${server.url.href}": found more than 67108864 bytes`,
    });
  });
});
