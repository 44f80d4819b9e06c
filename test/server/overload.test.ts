// More than can be done, through the whole of the server but the runner, which a test plays by hand.
import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../src/heads/head.ts";
import { createEmbedder } from "../../src/pipelines/embed/embed.ts";
import { Admission } from "../../src/scheduler/admission.ts";
import { createScheduler } from "../../src/scheduler/queue.ts";
import { createApp } from "../../src/server/app.ts";
import type { TokenBatch } from "../../src/tensor.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { createTestLog } from "../fixtures/test-runner.ts";
import { characterTokenizer, createManifest, createTestAccess } from "../pipelines/embedder-parts.ts";
import { createFakeDeps, post } from "./fake-deps.ts";
import { createFixedBatches } from "../scheduler/fixed-batches.ts";

interface Options {
  maxQueueTokens?: number;
  maxRequests?: number;
  requestTimeoutMs?: number;
}

function start({ maxQueueTokens = 1000, maxRequests = 100, requestTimeoutMs = 5000 }: Options = {}) {
  const waiting: (() => void)[] = [];
  let encoded = 0;
  const run = (_key: string, _head: string, { lengths }: TokenBatch, signal?: AbortSignal): Promise<HeadResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<HeadResult>();
    waiting.push(() => resolve({ kind: "dense", width: 1, data: new Float32Array(lengths.length) }));
    signal?.addEventListener("abort", () => reject(signal.reason));
    return promise;
  };
  const scheduler = createScheduler({ runner: { run, credit: 1 }, batches: createFixedBatches(4), log: createTestLog().log });
  const tokensPerSecond = (): number | undefined => scheduler.tokensPerSecond();
  const admission = new Admission({ maxQueueTokens, maxRequests, requestTimeoutMs, tokensPerSecond });
  const encode: Tokenizer["encode"] = (...request) => (encoded++, characterTokenizer.encode(...request));
  const { access } = createTestAccess(createManifest({ maxTokens: 100, nativeDimensions: 1 }), {
    scheduler: { works: [], submit: (work) => scheduler.submit(work) }, tokenizer: { ...characterTokenizer, encode }, admission,
  });
  const app = createApp(createFakeDeps({ embedder: createEmbedder(access), admission, requestTimeoutMs }));
  const ask = async (input: string | string[], client = "a", signal?: AbortSignal): Promise<number> => {
    const init = { ...post({ model: "m", input }), ...(signal !== undefined && { signal }) };
    const response = await app.fetch(new Request("http://localhost/api/embed", init), { findAddress: () => client });
    if (response.status === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    return response.status;
  };
  /** Ends one run after the other until nothing waits. */
  const finish = async (): Promise<void> => {
    for (let idle = 0; idle < 5; idle++) {
      await Bun.sleep(0);
      if (waiting.length > 0) idle = 0;
      waiting.splice(0).forEach((end) => end());
    }
  };
  return { ask, admission, waiting, finish, encoded: () => encoded };
}

/** Until it is in the queue, or refused. */
const settle = (): Promise<void> => Bun.sleep(2);
/** Ten tokens each. */
const TEXT = "8 letters";

describe("a server with too much to do", () => {
  test("refuses one text and a list of one by the same rule, without tokenizing them", async () => {
    const { ask, finish, encoded } = start({ maxQueueTokens: 100 });
    const first = ask(Array.from({ length: 8 }, () => "x".repeat(9)));
    await settle();
    expect(encoded()).toBe(1);
    const long = "x".repeat(80);
    expect(await Promise.all([ask(long), ask([long])])).toEqual([429, 429]);
    expect(encoded()).toBe(1);
    await finish();
    expect(await first).toBe(200);
    const again = ask(long);
    await settle();
    await finish();
    expect(await again).toBe(200);
  });

  test("answers a short text of another client in the third batch, beside a request larger than the queue", async () => {
    const { ask, waiting, finish } = start({ maxQueueTokens: 1000 });
    const bulk = ask(Array.from({ length: 200 }, () => TEXT), "bulk");
    await settle();
    const short = ask("hi", "other");
    await settle();
    let batches = 0;
    let status: number | undefined;
    void short.then((answered) => (status = answered));
    while (status === undefined && batches < 50) {
      waiting.splice(0).forEach((end) => end());
      batches++;
      await settle();
    }
    expect([status, batches]).toEqual([200, 3]);
    await finish();
    expect(await bulk).toBe(200);
  });

  test("answers 504 at the deadline in the queue and in the run, and holds nothing afterwards", async () => {
    const { ask, admission } = start({ requestTimeoutMs: 30 });
    const running = ask(TEXT);
    const queued = ask(TEXT);
    expect(await Promise.all([running, queued])).toEqual([504, 504]);
    await settle();
    expect(admission.figures()).toMatchObject({ tokens: 0, requests: 0 });
  });

  test("holds nothing for clients that have left", async () => {
    const { ask, admission } = start();
    const client = new AbortController();
    const left = [ask(TEXT, "a", client.signal), ask([TEXT, TEXT], "a", client.signal)];
    await settle();
    expect(admission.figures()).toMatchObject({ tokens: 33, requests: 2 });
    client.abort();
    expect(await Promise.all(left)).toEqual([499, 499]);
    await settle();
    expect(admission.figures()).toMatchObject({ tokens: 0, requests: 0 });
  });

  test("answers everything that it let in, refuses the rest, and is as before afterwards", async () => {
    const { ask, admission, finish } = start({ maxQueueTokens: 300, maxRequests: 20 });
    const answers = Array.from({ length: 60 }, (_, index) => ask(TEXT, `client ${index % 3}`));
    await settle();
    await finish();
    const statuses = await Promise.all(answers);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(18);
    expect(admission.figures()).toMatchObject({ tokens: 0, requests: 0 });
  });
});
