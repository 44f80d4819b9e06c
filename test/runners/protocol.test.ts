// Messages and pieces as pure data.
import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../src/heads/head.ts";
import { restartDelayMs } from "../../src/runners/back-off.ts";
import { createLoadRequest } from "../../src/runners/load-request.ts";
import { readLines } from "../../src/runners/output-lines.ts";
import { parseReply, parseRequest } from "../../src/runners/protocol.ts";
import { compactResult, createOutline, createPieces, ResultAssembly } from "../../src/runners/result-pieces.ts";

const message = (parse: () => unknown): string => {
  try {
    return `did not throw: ${Bun.inspect(parse())}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe("parseRequest() and parseReply()", () => {
  const batch = { ids: Int32Array.of(1, 2), lengths: Int32Array.of(2) };

  test("let through what the other side means", () => {
    const run = { type: "run", id: 3, key: "k", head: "h", batch };
    expect(parseRequest(run, "b")).toEqual(run as never);
    const reply = { type: "result", id: 3, result: { kind: "dense", width: 1, data: Float32Array.of(1) } };
    expect(parseReply(reply, "b")).toEqual(reply as never);
  });

  const garbage: [string, unknown, string][] = [
    ["nothing", undefined, '"message": Invalid type: Expected Object but received undefined'],
    [
      "an unknown type",
      { type: "compile" },
      '"type": Invalid type: Expected ("result" | "ready" | "fault" | "warning" | "loaded" | "unloaded" | "outline" | "piece"' +
        ' | "stats" | "error") but received "compile"',
    ],
    ["no id", { type: "unloaded" }, '"id": Invalid key: Expected "id" but received undefined'],
    [
      "a list for numbers",
      { type: "result", id: 1, result: { kind: "dense", width: 1, data: [1] } },
      '"result.data": need Float32Array',
    ],
    ["another build", { type: "ready", build: "old" }, 'it is build "old", this is build "b"'],
  ];
  test.each(garbage)("name what is wrong with %s", (_, reply, found) => {
    expect(message(() => parseReply(reply, "b"))).toBe(`Cannot understand the runner: ${found}`);
  });

  test("createLoadRequest() sends weights without the buffer around them", () => {
    const file = new Float32Array(1000);
    const [weight, bias] = [file.subarray(4, 6), file.subarray(6, 7)];
    const step = { kind: "dense", inFeatures: 2, outFeatures: 1, weight, bias, activation: "tanh" } as const;
    const pool = { kind: "pool", modes: ["mean"], steps: [step, { kind: "normalize" }] } as const;
    const request = createLoadRequest(1, { key: "k", name: "n", graphFile: "g", heads: { h: pool } });
    expect(parseRequest(request, "b")).toEqual(request);
    const head = request.type === "load" ? request.model.heads["h"] : undefined;
    const sent = head?.kind === "pool" ? head.steps[0] : undefined;
    expect(sent).toEqual(step);
    expect(sent?.kind === "dense" && [sent.weight.buffer.byteLength, sent.bias?.buffer.byteLength]).toEqual([8, 4]);
  });
});

describe("createPieces() and ResultAssembly", () => {
  const results: HeadResult[] = [
    { kind: "dense", width: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { kind: "ragged", width: 1, lengths: Int32Array.of(1, 2), data: Float32Array.of(7, 8, 9) },
    { kind: "sparse", lengths: Int32Array.of(0, 3), indices: Int32Array.of(1, 5, 6), values: Float32Array.of(0.1, 0.2, 0.3) },
  ];
  for (const pieceBytes of [4, 12, 1000]) {
    test.each(results)(`give back %p in pieces of ${pieceBytes} bytes`, (result) => {
      const assembly = new ResultAssembly(createOutline(result));
      const pieces = [...createPieces(result, pieceBytes)];
      const last = pieces.pop()!;
      for (const piece of pieces) expect(assembly.add(piece)).toBeUndefined();
      expect(assembly.add(last)).toEqual(result);
    });
  }
  test("refuse a piece out of order and one too long", () => {
    const assembly = new ResultAssembly({ kind: "dense", width: 1, data: 2 });
    expect(message(() => assembly.add({ offset: 4, bytes: new Uint8Array(4) }))).toBe(
      "Cannot put a result together: found a piece at byte 4 after 0 of 8",
    );
    expect(message(() => assembly.add({ offset: 0, bytes: new Uint8Array(9) }))).toBe(
      "Cannot put a result together: found a piece at byte 0 after 0 of 8",
    );
  });
  test("compactResult() leaves no view of a larger buffer", () => {
    const data = new Float32Array(1000).subarray(10, 12);
    const result = compactResult({ kind: "dense", width: 2, data });
    expect(result).toEqual({ kind: "dense", width: 2, data });
    expect(result.kind === "dense" && result.data.buffer.byteLength).toBe(8);
  });
});

test("restartDelayMs() is nothing at first, then doubles from 100 ms to 5 s", () => {
  expect([0, 1, 2, 3, 6, 7, 50].map(restartDelayMs)).toEqual([0, 100, 200, 400, 3200, 5000, 5000]);
});

test("readLines() gives whole lines, cuts endless ones and keeps an unterminated last one", async () => {
  const lines: string[] = [];
  const chunks = ["one\ntw", "o\r\n\n", "x".repeat(3000), "y\n", "last"].map((text) => new TextEncoder().encode(text));
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await readLines(stream, (line) => lines.push(line));
  expect(lines).toEqual(["one", "two", "x".repeat(2000), "y", "last"]);
});
