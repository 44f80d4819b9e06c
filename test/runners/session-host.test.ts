// The child's side of the protocol over a backend that a test plays by hand.
import { expect, test } from "bun:test";
import type { Backend, EngineMemory, ModelSource, SessionFacts, SessionStats } from "../../src/backends/backend.ts";
import { TermiteError } from "../../src/errors.ts";
import { createLoadRequest } from "../../src/runners/load-request.ts";
import type { Hello, Reply, Request } from "../../src/runners/protocol.ts";
import { parseReply } from "../../src/runners/protocol.ts";
import { SessionHost } from "../../src/runners/session-host.ts";
import { MEAN, TOKENS } from "../contract/batches.ts";

interface Played {
  stats?: () => SessionStats;
  memory?: () => Promise<EngineMemory | undefined>;
  failure?: Error;
  buckets?: SessionFacts["buckets"];
}

function create({ stats, memory, buckets, failure = new RangeError("Cannot run batch: found no text") }: Played = {}) {
  const sources: ModelSource[] = [];
  const closed: number[] = [];
  const replies: Reply[] = [];
  const backend: Backend = {
    info: { library: "played", version: "1", device: "memory" },
    runsAtOnce: 1,
    open: async (source) => {
      const place = sources.push(source) - 1;
      return {
        facts: { inputs: [], outputs: [], padded: true, ...(buckets && { buckets }) },
        run: () => Promise.reject(failure),
        runTensors: () => Promise.resolve({}),
        ...(stats && { stats }),
        close: async () => void closed.push(place),
      };
    },
    ...(memory && { memory }),
    close: async () => {},
  };
  return { host: new SessionHost(backend, (reply) => replies.push(reply)), sources, closed, replies };
}
const load = (id: number): Exclude<Request, Hello> => {
  const heads = { embed: MEAN, tokens: TOKENS };
  return createLoadRequest(id, { key: "k", name: "m", graphFile: "/g", heads, maxTokens: 512 }) as Exclude<Request, Hello>;
};

test("handle() opens a model for its heads and its longest text", async () => {
  const { host, sources } = create();
  host.handle(load(1));
  await Bun.sleep(0);
  expect(sources).toMatchObject([{ graphFile: "/g", heads: ["pool", "tokens"], maxTokens: 512 }]);
});

test("handle() tells the shapes that batches are padded to, where there are only some", async () => {
  const buckets = [{ batch: 1, length: 16 }, { batch: 4, length: 32 }];
  const { host, replies } = create({ buckets });
  host.handle(load(1));
  await Bun.sleep(0);
  expect(parseReply(replies[0], "test")).toMatchObject({ type: "loaded", facts: { buckets } });
});

test("handle() closes the older session when a key is loaded twice", async () => {
  const { host, closed, replies } = create();
  host.handle(load(1));
  await Bun.sleep(0);
  host.handle(load(2));
  await Bun.sleep(0);
  expect(replies.map(({ type }) => type)).toEqual(["loaded", "loaded"]);
  expect(closed).toEqual([0]);
});

test("handle() closes the session of a model that is unloaded, and runs it no more", async () => {
  const { host, closed, replies } = create();
  host.handle(load(1));
  await Bun.sleep(0);
  host.handle({ type: "unload", id: 2, key: "k" });
  host.handle({ type: "unload", id: 3, key: "never loaded" });
  await Bun.sleep(0);
  expect([closed, replies.slice(1)]).toEqual([[0], [{ type: "unloaded", id: 2 }, { type: "unloaded", id: 3 }]]);
  host.handle({ type: "run", id: 4, key: "k", head: "embed", batch: { ids: Int32Array.of(1), lengths: Int32Array.of(1) } });
  await Bun.sleep(0);
  const message = "Cannot run model: it is not loaded in this runner";
  expect(replies[3]).toMatchObject({ type: "error", id: 4, error: { code: "internal", message } });
});

test("handle() answers an unforeseen error in constant words", async () => {
  const { host, replies } = create();
  host.handle(load(1));
  await Bun.sleep(0);
  const batch = { ids: new Int32Array(), lengths: new Int32Array() };
  host.handle({ type: "run", id: 2, key: "k", head: "embed", batch });
  await Bun.sleep(0);
  const message = "Cannot answer the request: internal error";
  expect(replies[1]).toMatchObject({ type: "error", id: 2, error: { code: "internal", message } });
});

test("handle() names the model when an engine finds only at a run that it cannot load it", async () => {
  const failure = new TermiteError("model_load_failed", "Cannot load model: XLA refuses its program: too large");
  const { host, replies } = create({ failure });
  host.handle(load(1));
  await Bun.sleep(0);
  host.handle({ type: "run", id: 2, key: "k", head: "embed", batch: { ids: Int32Array.of(1), lengths: Int32Array.of(1) } });
  await Bun.sleep(0);
  const message = 'Cannot load model "m": XLA refuses its program: too large';
  expect(replies[1]).toMatchObject({ type: "error", id: 2, error: { code: "model_load_failed", message } });
});

const readStats = (replies: readonly Reply[]): unknown[] => replies.flatMap((reply) => (reply.type === "stats" ? [reply.stats] : []));
const rssBytes = expect.any(Number);

test("handle() tells what each session and the engine say of themselves", async () => {
  const stats = { weightBytes: 1000, programBytes: 20, ready: 1, planned: 3 };
  const { host, replies } = create({ stats: () => stats, memory: async () => ({ usedBytes: 1100, limitBytes: 5000 }) });
  host.handle(load(1));
  await Bun.sleep(0);
  host.handle({ type: "stats", id: 2 });
  await Bun.sleep(1);
  expect(readStats(replies)).toEqual([{ rssBytes, memory: { usedBytes: 1100, limitBytes: 5000 }, models: { k: stats } }]);
});

test("handle() says nothing of what an engine does not count", async () => {
  const { host, replies } = create();
  host.handle(load(1));
  await Bun.sleep(0);
  host.handle({ type: "stats", id: 2 });
  await Bun.sleep(1);
  expect(readStats(replies)).toEqual([{ rssBytes, models: {} }]);
});

test("handle() gives figures without waiting for an engine that is busy, which is asked once", async () => {
  const reading = Promise.withResolvers<EngineMemory>();
  let asked = 0;
  const { host, replies } = create({ memory: () => (asked++, reading.promise) });
  host.handle({ type: "stats", id: 1 });
  host.handle({ type: "stats", id: 2 });
  await Bun.sleep(100);
  expect([asked, readStats(replies)]).toEqual([1, [{ rssBytes, models: {} }, { rssBytes, models: {} }]]);
  reading.resolve({ usedBytes: 7 });
  await reading.promise;
  host.handle({ type: "stats", id: 3 });
  await Bun.sleep(1);
  expect(readStats(replies)[2]).toEqual({ rssBytes, memory: { usedBytes: 7 }, models: {} });
});

test("handle() gives figures without an engine's that fails", async () => {
  const { host, replies } = create({ memory: () => Promise.reject(new Error("lost")) });
  host.handle({ type: "stats", id: 1 });
  await Bun.sleep(1);
  expect(readStats(replies)).toEqual([{ rssBytes, models: {} }]);
});
