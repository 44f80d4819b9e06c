// What a runner and its parent say to each other, over Bun's IPC with `serialization: "advanced"` (typed arrays stay typed).
// The build id is the version: both ends come from one build, and the first message of either side says which.
import * as v from "valibot";
import type { EngineMemory, SessionStats } from "../backends/backend.ts";
import { TermiteError } from "../errors.ts";
import type { Head, HeadResult } from "../heads/head.ts";
import { POOL_MODES } from "../heads/head.ts";
import { isRecord } from "../is-record.ts";
import { PRECISIONS } from "../target.ts";
import { WireErrorSchema } from "../wire-error.ts";
import type { RunnerStats } from "./runner.ts";

const Id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Count = Id;
const Ints = v.custom<Int32Array>((value) => value instanceof Int32Array, "need Int32Array");
const Floats = v.custom<Float32Array>((value) => value instanceof Float32Array, "need Float32Array");
const Bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "need Uint8Array");

const DenseStepSchema = v.object({
  kind: v.literal("dense"),
  inFeatures: Count,
  outFeatures: Count,
  weight: Floats,
  bias: v.exactOptional(Floats),
  activation: v.picklist(["identity", "tanh", "relu", "gelu", "sigmoid", "silu"]),
});
const HeadSchema = v.variant("kind", [
  v.object({
    kind: v.literal("pool"),
    modes: v.array(v.picklist(POOL_MODES)),
    steps: v.array(v.variant("kind", [DenseStepSchema, v.object({ kind: v.literal("normalize") })])),
  }),
  v.object({ kind: v.literal("tokens"), normalize: v.boolean() }),
  v.object({ kind: v.literal("logits") }),
  v.object({ kind: v.literal("splade") }),
]) satisfies v.GenericSchema<Head>;

const ModelSchema = v.object({
  key: v.string(),
  name: v.string(),
  graphFile: v.string(),
  heads: v.record(v.string(), HeadSchema),
  maxTokens: v.exactOptional(Count),
  precision: v.exactOptional(v.picklist(PRECISIONS)),
});
const BatchSchema = v.object({
  ids: Ints,
  lengths: Ints,
  typeIds: v.exactOptional(Ints),
  poolFrom: v.exactOptional(Ints),
});

/** Parent to child. `hello` comes first and once; `more` allows another piece of result `id`. */
const RequestSchema = v.variant("type", [
  // First, because the options are tried in turn, and this one comes with every batch.
  v.object({ type: v.literal("run"), id: Id, key: v.string(), head: v.string(), batch: BatchSchema }),
  v.object({
    type: v.literal("hello"),
    build: v.string(),
    parentPid: v.number(),
    libraryPath: v.string(),
    /** Opened by absolute path before the library, in this order. */
    preload: v.array(v.string()),
    cores: v.pipe(Count, v.minValue(1)),
    /** Where an engine may keep what it compiled. */
    cacheFolder: v.string(),
    xlaFlags: v.string(),
  }),
  v.object({ type: v.literal("load"), id: Id, model: ModelSchema }),
  v.object({ type: v.literal("unload"), id: Id, key: v.string() }),
  v.object({ type: v.literal("cancel"), id: Id }),
  v.object({ type: v.literal("more"), id: Id }),
  v.object({ type: v.literal("stats"), id: Id }),
]);
export type Request = v.InferOutput<typeof RequestSchema>;
export type Hello = Extract<Request, { type: "hello" }>;

const ResultSchema = v.variant("kind", [
  v.object({ kind: v.literal("dense"), width: Count, data: Floats }),
  v.object({ kind: v.literal("ragged"), width: Count, lengths: Ints, data: Floats }),
  v.object({ kind: v.literal("sparse"), lengths: Ints, indices: Ints, values: Floats }),
]) satisfies v.GenericSchema<HeadResult>;

/** A result without its numbers: the element counts of its arrays. The pieces that follow carry the bytes, in this order. */
const OutlineSchema = v.variant("kind", [
  v.object({ kind: v.literal("dense"), width: Count, data: Count }),
  v.object({ kind: v.literal("ragged"), width: Count, lengths: Count, data: Count }),
  v.object({ kind: v.literal("sparse"), lengths: Count, indices: Count, values: Count }),
]);
export type Outline = v.InferOutput<typeof OutlineSchema>;

const EngineSchema = v.object({ library: v.string(), version: v.string(), device: v.string() });
const FactsSchema = v.object({
  inputs: v.array(v.string()),
  outputs: v.array(v.string()),
  padded: v.boolean(),
  width: v.optional(v.number()),
  buckets: v.exactOptional(v.array(v.object({ batch: Count, length: Count }))),
});
/** Numbers as native code gives them: figures that make no sense are no reason to end a runner. */
const MemorySchema = v.object({
  usedBytes: v.number(),
  peakBytes: v.exactOptional(v.number()),
  limitBytes: v.exactOptional(v.number()),
}) satisfies v.GenericSchema<EngineMemory>;
const SessionStatsSchema = v.object({
  weightBytes: v.number(),
  programBytes: v.number(),
  ready: Count,
  planned: Count,
}) satisfies v.GenericSchema<SessionStats>;
const StatsSchema = v.object({
  rssBytes: v.number(),
  memory: v.exactOptional(MemorySchema),
  models: v.record(v.string(), SessionStatsSchema),
}) satisfies v.GenericSchema<RunnerStats>;

/** Child to parent. `ready` or `fault` comes first; after a `fault` the child ends. A `warning` is for the log. */
const ReplySchema = v.variant("type", [
  // First, as above.
  v.object({ type: v.literal("result"), id: Id, result: ResultSchema }),
  v.object({ type: v.literal("ready"), build: v.string(), engine: EngineSchema, runsAtOnce: v.pipe(Count, v.minValue(1)) }),
  v.object({ type: v.literal("fault"), build: v.string(), error: WireErrorSchema }),
  v.object({ type: v.literal("warning"), message: v.string(), reason: v.string() }),
  v.object({ type: v.literal("loaded"), id: Id, facts: FactsSchema }),
  v.object({ type: v.literal("unloaded"), id: Id }),
  v.object({ type: v.literal("outline"), id: Id, outline: OutlineSchema }),
  v.object({ type: v.literal("piece"), id: Id, offset: Count, bytes: Bytes }),
  v.object({ type: v.literal("stats"), id: Id, stats: StatsSchema }),
  v.object({ type: v.literal("error"), id: Id, error: WireErrorSchema }),
]);
export type Reply = v.InferOutput<typeof ReplySchema>;
export type Ready = Extract<Reply, { type: "ready" }>;

/** Throws `internal` that names the first thing that is wrong, and another build on the other side if that is why. */
export function parseRequest(message: unknown, buildId: string): Request {
  return parseMessage(RequestSchema, message, { from: "server", buildId });
}

/** As `parseRequest`, for what comes from a runner. */
export function parseReply(message: unknown, buildId: string): Reply {
  return parseMessage(ReplySchema, message, { from: "runner", buildId });
}

interface Origin {
  from: "server" | "runner";
  buildId: string;
}

function parseMessage<T extends v.GenericSchema>(schema: T, message: unknown, { from, buildId }: Origin): v.InferOutput<T> {
  checkBuild(message, { from, buildId });
  const parsed = v.safeParse(schema, message, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "message";
  throw new TermiteError("internal", `Cannot understand the ${from}: "${where}": ${issue.message}`);
}

function checkBuild(message: unknown, { from, buildId }: Origin): void {
  if (!isRecord(message) || typeof message["build"] !== "string" || message["build"] === buildId) return;
  const found = `it is build "${message["build"]}", this is build "${buildId}"`;
  throw new TermiteError("internal", `Cannot understand the ${from}: ${found}`, {
    hint: "Restart termite: its file was replaced while it ran",
  });
}
