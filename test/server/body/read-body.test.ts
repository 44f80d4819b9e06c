import { describe, expect, test } from "bun:test";
import { parseJsonBody, readJsonBody } from "../../../src/server/body/read-body.ts";

const options = { limitBytes: 10, signal: new AbortController().signal };

/** A request whose body says no size; `pulled` counts how much of it was asked for. */
function createChunked(chunks: readonly string[]): { request: Request; pulled: () => number } {
  let next = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[next++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
    },
    { highWaterMark: 0 },
  );
  return { request: new Request("http://x/", { method: "POST", body }), pulled: () => next };
}

function findFailure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("readJsonBody()", () => {
  test("parses a body that comes in pieces", async () => {
    expect(await readJsonBody(createChunked(['{"a', '":1', "}"]).request, options)).toEqual({ a: 1 });
  });

  test("parses a body that announces its size, and says what is wrong with it", async () => {
    const announce = (body: string) => new Request("http://x/", { method: "POST", body, headers: { "content-length": `${body.length}` } });
    expect(await readJsonBody(announce('{"a":1}'), options)).toEqual({ a: 1 });
    expect(await findFailure(readJsonBody(announce(""), options))).toMatchObject({
      code: "invalid_request",
      message: "Cannot read the body: it is empty, expected a JSON object",
    });
  });

  test("refuses a body by its announced size before it is read", async () => {
    const { request, pulled } = createChunked(["{}"]);
    request.headers.set("content-length", "11");
    expect(await findFailure(readJsonBody(request, options))).toMatchObject({
      code: "body_too_large",
      message: "Cannot read the body: found 11 bytes, the limit is 10 bytes",
    });
    expect(pulled()).toBe(0);
  });

  test("stops reading a body of unknown size when it passes the limit", async () => {
    const { request, pulled } = createChunked(["12345", "67890", "1", "2", "3", "4"]);
    const failure = { code: "body_too_large", message: "Cannot read the body: found more, the limit is 10 bytes" };
    expect(await findFailure(readJsonBody(request, options))).toMatchObject(failure);
    expect(pulled()).toBe(3);
  });

  test("accepts a body of exactly the limit", async () => {
    expect(await readJsonBody(createChunked(['"12345678"']).request, options)).toBe("12345678");
  });

  test("reads no further when the signal aborts", async () => {
    const abort = new AbortController();
    const { request, pulled } = createChunked(Array.from({ length: 1000 }, () => "1"));
    const reading = readJsonBody(request, { limitBytes: 10_000, signal: abort.signal });
    abort.abort("late");
    expect(await findFailure(reading)).toBe("late");
    await Bun.sleep(5);
    expect(pulled()).toBeLessThan(10);
  });

  test("gives up a body that does not come when the signal aborts", async () => {
    const body = new ReadableStream<Uint8Array>({});
    const request = new Request("http://x/", { method: "POST", body });
    const late = new Error("late");
    const reading = readJsonBody(request, { ...options, signal: AbortSignal.any([AbortSignal.abort(late)]) });
    expect(await findFailure(reading)).toBe(late);
  });
});

describe("parseJsonBody()", () => {
  test.each([
    ["an empty body", "", "it is empty, expected a JSON object"],
    ["a cut body", '{"model":"x"', "it is not valid JSON (Expected '}')"],
    ["a word", "hello", 'it is not valid JSON (Unexpected identifier "hello")'],
    ["NaN", '{"dimensions":NaN}', 'it is not valid JSON (Unexpected identifier "NaN")'],
    ["33 levels", "[".repeat(33), "it is nested deeper than 32 levels"],
    ["invalid UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "it is not valid UTF-8"],
    ["a surrogate in UTF-8", Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), "it is not valid UTF-8"],
  ])("refuses %s", (_, body, found) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    expect(() => parseJsonBody(bytes)).toThrow(`Cannot read the body: ${found}`);
  });

  test("does not quote a long word in full", () => {
    expect(() => parseJsonBody(new TextEncoder().encode("x".repeat(1e6)))).toThrow(/^.{1,200}$/);
  });

  test.each([
    ['"\\ud800"', "body: found a lone surrogate, expected well-formed Unicode"],
    ['{"input":["ok","\\udc00x"]}', "input[1]: found a lone surrogate, expected well-formed Unicode"],
    ['{"a":{"\\ud83d":1}}', "a: found a lone surrogate, expected well-formed Unicode"],
  ])("names the place of the lone surrogate in %s", (text, found) => {
    expect(() => parseJsonBody(new TextEncoder().encode(text))).toThrow(`Cannot read the request: ${found}`);
  });

  test.each(['"\\ud83d\\ude00"', '"\\\\ud800"', '"😀"', '"[[[{"'])("accepts %s", (text) => {
    expect(parseJsonBody(new TextEncoder().encode(text))).toBe(JSON.parse(text));
  });
});
