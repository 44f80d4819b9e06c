import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { isRangeRefused } from "../../src/net/download-error.ts";
import { fetchRange } from "../../src/net/fetch-range.ts";
import { answerRange, catchError, readAll, serveLoopback } from "./serve-loopback.ts";

const CONTENT = randomBytes(300_000);
const FAST = { retryDelayMs: 1 };

/** Sends `sentBytes` of what was asked for, then breaks the connection. */
function answerCut(request: Request, sentBytes: number): Response {
  const whole = answerRange(request, CONTENT);
  const body = new ReadableStream({
    async start(stream) {
      stream.enqueue(new Uint8Array(await whole.arrayBuffer()).subarray(0, sentBytes));
      stream.close();
    },
  });
  return new Response(body, { status: whole.status, headers: whole.headers });
}

describe("fetchRange()", () => {
  test("yields exactly the bytes that were asked for, uncompressed", async () => {
    using server = serveLoopback((request) => answerRange(request, CONTENT));
    const bytes = await readAll(fetchRange(server.url, { start: 1000, end: 250_000, totalBytes: CONTENT.length }));
    expect(bytes.equals(CONTENT.subarray(1000, 250_000))).toBe(true);
    expect(server.requests[0]?.headers.get("range")).toBe("bytes=1000-249999");
    expect(server.requests[0]?.headers.get("accept-encoding")).toBe("identity");
  });

  test("asks nothing when there is nothing to fetch", async () => {
    using server = serveLoopback((request) => answerRange(request, CONTENT));
    expect(await readAll(fetchRange(server.url, { start: 7, end: 7 }))).toEqual(Buffer.alloc(0));
    expect(server.requests).toEqual([]);
  });

  test("resumes where the answer broke off", async () => {
    using server = serveLoopback((request, count) =>
      count === 1 ? answerCut(request, 50_000) : answerRange(request, CONTENT),
    );
    const bytes = await readAll(fetchRange(server.url, { start: 10, end: 200_000, ...FAST }));
    expect(bytes.equals(CONTENT.subarray(10, 200_000))).toBe(true);
    expect(server.requests.map(({ headers }) => headers.get("range"))).toEqual([
      "bytes=10-199999",
      "bytes=50010-199999",
    ]);
  });

  test("tries again when the server answers 5xx", async () => {
    using server = serveLoopback((request, count) =>
      count < 3 ? new Response("no", { status: 502 }) : answerRange(request, CONTENT),
    );
    expect(await readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST }))).toHaveLength(9);
    expect(server.requests).toHaveLength(3);
  });

  test("waits as long as Retry-After says", async () => {
    const times: number[] = [];
    using server = serveLoopback((request, count) => {
      times.push(performance.now());
      return count === 1
        ? new Response("no", { status: 429, headers: { "retry-after": "1" } })
        : answerRange(request, CONTENT);
    });
    await readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST }));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
  });

  test("gives up when no retry helps", async () => {
    using server = serveLoopback((request) => answerCut(request, 0));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, retries: 2, ...FAST })));
    expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": the answer ended after 0 of 9 bytes` });
    expect(server.requests).toHaveLength(3);
  });

  test("does not ask again when the answer is final", async () => {
    using server = serveLoopback(() => new Response("no", { status: 403 }));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST })));
    expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": the server answered 403` });
    expect(server.requests).toHaveLength(1);
  });

  test("tells a server without ranges", async () => {
    using server = serveLoopback(() => new Response(CONTENT));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST })));
    expect(isRangeRefused(error)).toBe(true);
    expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": the server sends no ranges` });
  });

  test.each([
    [
      "another range",
      { "content-range": "bytes 1-9/300000" },
      'found the range "bytes 1-9/300000", need "bytes 0-8/300000"',
    ],
    [
      "another size",
      { "content-range": "bytes 0-8/300001" },
      'found the range "bytes 0-8/300001", need "bytes 0-8/300000"',
    ],
    ["no range", { "x-none": "" }, 'found the range "", need "bytes 0-8/300000"'],
  ])("refuses a 206 with %s", async (_, headers, found) => {
    using server = serveLoopback(() => new Response(CONTENT.subarray(0, 9), { status: 206, headers }));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, totalBytes: 300_000, ...FAST })));
    expect(error).toMatchObject({ code: "download_failed", message: `Cannot fetch "${server.url.href}": ${found}` });
    expect(server.requests).toHaveLength(1);
  });

  test("refuses a compressed range", async () => {
    const headers = { "content-range": "bytes 0-8/300000", "content-encoding": "gzip" };
    using server = serveLoopback(() => new Response(Bun.gzipSync(CONTENT.subarray(0, 9)), { status: 206, headers }));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST })));
    expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": found the encoding "gzip", need none` });
  });

  test("refuses more bytes than it asked for", async () => {
    const headers = { "content-range": "bytes 0-8/300000" };
    using server = serveLoopback(() => new Response(CONTENT.subarray(0, 12), { status: 206, headers }));
    const error = await catchError(readAll(fetchRange(server.url, { start: 0, end: 9, ...FAST })));
    expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": found more than 9 bytes` });
  });
});
