import { describe, expect, test } from "bun:test";
import { createDownloadError } from "../../src/net/download-error.ts";
import { createRetries, parseRetryAfter, resolveDelayMs } from "../../src/net/retries.ts";
import { catchError } from "./serve-loopback.ts";

const url = new URL("https://host/a");
const passing = createDownloadError(url, { found: "x", passing: true });

describe("resolveDelayMs()", () => {
  test.each([
    { used: 0, least: 250, most: 500 },
    { used: 3, least: 2000, most: 4000 },
    { used: 20, least: 15_000, most: 30_000 },
  ])("backs off by halves to wholes after $used retries", ({ used, least, most }) => {
    const delayMs = resolveDelayMs(passing, used, 500);
    expect(delayMs).toBeGreaterThanOrEqual(least);
    expect(delayMs).toBeLessThanOrEqual(most);
  });

  test("takes the server's own time", () => {
    const error = createDownloadError(url, { found: "x", passing: true, retryAfterMs: 7000 });
    expect(resolveDelayMs(error, 0, 500)).toBe(7000);
  });

  test.each([
    ["a server that wants ten minutes", createDownloadError(url, { found: "x", passing: true, retryAfterMs: 600_000 })],
    ["a failure that stays", createDownloadError(url, { found: "x" })],
    ["any other error", new Error("x")],
  ])("is undefined for %s", (_, error) => {
    expect(resolveDelayMs(error, 0, 500)).toBeUndefined();
  });
});

describe("parseRetryAfter()", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    [null, undefined],
    ["12", 12_000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("reads %p", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected as number);
  });
});

describe("createRetries()", () => {
  test("throws the error itself when no try is left", async () => {
    const retries = createRetries({ retries: 2, retryDelayMs: 1 });
    await retries.check(passing);
    await retries.check(passing);
    expect(await catchError(retries.check(passing))).toBe(passing);
  });

  test("throws at once when nobody listens and somebody else can be asked", async () => {
    const refused = createDownloadError(url, { found: "x", passing: true, connectionRefused: true });
    const retries = createRetries({ retries: 2, retryDelayMs: 1, hasAlternative: true });
    await retries.check(passing);
    expect(await catchError(retries.check(refused))).toBe(refused);
    await createRetries({ retries: 2, retryDelayMs: 1 }).check(refused);
  });

  test("ends its wait when the caller aborts", async () => {
    const controller = new AbortController();
    const waiting = createRetries({ retryDelayMs: 60_000, signal: controller.signal }).check(passing);
    controller.abort();
    expect(await catchError(waiting)).toMatchObject({ name: "AbortError" });
  });
});
