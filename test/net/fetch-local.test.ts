import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fetchLocal } from "../../src/net/fetch-local.ts";
import { catchError, serveLoopback } from "./serve-loopback.ts";

const LIMITS = { timeoutMs: 200, mostBytes: 1000 };

describe("fetchLocal()", () => {
  test.each([200, 404, 503])("returns status %d and the text", async (status) => {
    using server = serveLoopback(() => new Response("grüße", { status }));
    expect(await fetchLocal(server.url, LIMITS)).toEqual({ status, text: "grüße" });
  });

  test("follows no redirect", async () => {
    using server = serveLoopback(() => Response.redirect("/b", 301));
    expect(await fetchLocal(server.url, LIMITS)).toEqual({ status: 301, text: "" });
    expect(server.requests).toHaveLength(1);
  });

  test("refuses an answer without an end", async () => {
    using server = serveLoopback(() => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(600)) })));
    expect(await catchError(fetchLocal(server.url, LIMITS))).toMatchObject({
      code: "download_failed",
      message: `Cannot fetch "${server.url.href}": no answer of at most 1000 bytes within 200 ms`,
      cause: new RangeError("found more than 1000 bytes"),
    });
  });

  test("gives up on silence, before the answer and inside it", async () => {
    using server = serveLoopback((request) =>
      request.url.endsWith("/body") ? new Response(new ReadableStream({ start: (stream) => stream.enqueue("x") })) : Bun.sleep(2_000).then(() => new Response()),
    );
    for (const path of ["/", "/body"]) {
      const url = new URL(path, server.url);
      expect(await catchError(fetchLocal(url, LIMITS))).toMatchObject({
        message: `Cannot fetch "${url.href}": no answer of at most 1000 bytes within 200 ms`,
      });
    }
  });

  test("asks no proxy, whatever the environment says", async () => {
    using server = serveLoopback(() => new Response("direct"));
    const script = `console.log((await (await import(${JSON.stringify(join(import.meta.dir, "../../src/net/fetch-local.ts"))})).fetchLocal(new URL(${JSON.stringify(server.url.href)}), { timeoutMs: 2000, mostBytes: 100 })).text)`;
    const proxy = "http://127.0.0.1:1";
    const child = Bun.spawn([process.execPath, "-e", script], { env: { HTTP_PROXY: proxy, http_proxy: proxy }, stdout: "pipe", stderr: "pipe" });
    expect(await new Response(child.stdout).text()).toBe("direct\n");
  });
});
