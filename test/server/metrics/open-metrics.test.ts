// What Prometheus reads, by the real registry.
import { beforeAll, describe, expect, test } from "bun:test";
import type { MetricsFacts, MetricsRegistry } from "../../../src/server/deps.ts";
import { openMetrics } from "../../../src/server/metrics/open-metrics.ts";

const FACTS: MetricsFacts = {
  version: { version: "0.1.0", build: "abc", engines: {} },
  target: { requested: "onnx:cuda", actual: "onnx:cpu", reason: "no driver" },
  modelsLoaded: 2,
  runners: [{ target: "onnx:cpu", restarts: 3, memoryBytes: 1000 }, { target: "xla:cpu", restarts: 0 }],
  queue: { tokens: 70, maxTokens: 200_000, requests: 4, maxRequests: 512, tokensPerSecond: 9000 },
  cache: { bytes: 2000, maxBytes: 64_000, entries: 3, hits: 5, misses: 7, shared: 1 },
};
const BATCH = { model: "minilm", texts: 4, tokens: 90, paddedTokens: 100, seconds: 0.02 };

/** Lines of samples by their name with labels. */
async function read(registry: MetricsRegistry, facts = FACTS): Promise<Map<string, number>> {
  const text = await registry.format(facts);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

describe("openMetrics()", () => {
  let registry: MetricsRegistry;
  beforeAll(async () => {
    registry = await openMetrics();
    registry.noteRequestStarted();
    registry.noteRequestStarted();
    registry.noteRequestEnded({ route: "/api/embed", status: 200, seconds: 0.004, serializeSeconds: 0.0002 });
    registry.noteRequestStarted();
    registry.noteRequestEnded({ route: "/api/embed", status: 429, seconds: 0.0001, error: "overloaded" });
    registry.noteRefusal("tokens");
    registry.noteTokenized("minilm", 0.0004);
    registry.noteQueueWait("minilm", 0.3);
    registry.noteRunStarted();
    registry.noteRunEnded(BATCH);
    registry.noteRunStarted();
    registry.noteRunEnded(undefined);
    registry.noteRunStarted();
    registry.noteBatchBudget("minilm", 512);
    registry.noteBatchBudget("minilm", 1024);
  });

  test("shows what was counted", async () => {
    expect(Object.fromEntries(await read(registry))).toMatchObject({
      'termite_requests_total{route="/api/embed",status="200"}': 1,
      'termite_requests_total{route="/api/embed",status="429"}': 1,
      'termite_request_errors_total{route="/api/embed",code="overloaded"}': 1,
      'termite_request_duration_seconds_count{route="/api/embed"}': 2,
      'termite_request_duration_seconds_bucket{le="0.001",route="/api/embed"}': 1,
      'termite_serialize_duration_seconds_count{route="/api/embed"}': 1,
      "termite_requests_in_flight": 1,
      'termite_admission_refusals_total{reason="tokens"}': 1,
      'termite_admission_refusals_total{reason="requests"}': 0,
      'termite_admission_refusals_total{reason="time"}': 0,
      'termite_tokenize_duration_seconds_sum{model="minilm"}': 0.0004,
      'termite_queue_wait_seconds_sum{model="minilm"}': 0.3,
      'termite_run_duration_seconds_sum{model="minilm"}': 0.02,
      'termite_batch_texts_bucket{le="4",model="minilm"}': 1,
      'termite_batch_tokens_sum{model="minilm"}': 100,
      'termite_texts_total{model="minilm"}': 4,
      'termite_tokens_total{model="minilm"}': 90,
      'termite_padding_tokens_total{model="minilm"}': 10,
      "termite_run_failures_total": 1,
      "termite_runs_in_flight": 1,
      'termite_batch_budget_tokens{model="minilm"}': 1024,
    });
  });

  test("shows what is looked up, as it is now", async () => {
    const samples = await read(registry);
    expect(Object.fromEntries(samples)).toMatchObject({
      "termite_queue_tokens": 70,
      "termite_queue_tokens_limit": 200_000,
      "termite_queue_requests": 4,
      "termite_queue_requests_limit": 512,
      "termite_queue_tokens_per_second": 9000,
      "termite_cache_bytes": 2000,
      "termite_cache_limit_bytes": 64_000,
      "termite_cache_entries": 3,
      'termite_cache_items_total{result="hit"}': 5,
      'termite_cache_items_total{result="miss"}': 7,
      'termite_cache_items_total{result="shared"}': 1,
      "termite_models_loaded": 2,
      'termite_target_info{requested="onnx:cuda",actual="onnx:cpu"}': 1,
      'termite_build_info{version="0.1.0",build="abc"}': 1,
      'termite_runner_restarts_total{target="onnx:cpu"}': 3,
      'termite_runner_restarts_total{target="xla:cpu"}': 0,
      'termite_process_memory_bytes{process="onnx:cpu"}': 1000,
    });
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(samples.get('termite_process_memory_bytes{process="server"}')).toBeGreaterThan(1e6);
    expect(samples.get("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(samples.get("process_start_time_seconds")).toBeGreaterThan(1.7e9);
    if (process.platform === "linux") expect(samples.get("termite_event_loop_busy_seconds_total")).toBeGreaterThan(0);
  });

  test("forgets a speed and a target that are no more", async () => {
    const queue = { tokens: 0, maxTokens: 1, requests: 0, maxRequests: 1, tokensPerSecond: undefined };
    const target = { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } as const;
    const samples = await read(registry, { ...FACTS, target, queue });
    const names = [...samples.keys()].filter((name) => /tokens_per_second|target_info/.test(name));
    expect(names).toEqual(['termite_target_info{requested="onnx:cpu",actual="onnx:cpu"}']);
  });

  test("counts busy time while a batch is still in a runner", async () => {
    const before = (await read(registry)).get("termite_busy_seconds_total") ?? NaN;
    await Bun.sleep(5);
    const after = (await read(registry)).get("termite_busy_seconds_total") ?? NaN;
    expect(after).toBeGreaterThan(before);
  });

  test("names counters, units and nothing of the runtime that is wrong under Bun", async () => {
    const text = await registry.format(FACTS);
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => ({ name, type }));
    expect(types.filter(({ name }) => !/^(termite|process)_[a-z_]+$/.test(name))).toEqual([]);
    expect(types.filter(({ name, type }) => (type === "counter") !== name.endsWith("_total"))).toEqual([]);
    expect(types.filter(({ name }) => /_(ms|mb|seconds_seconds)\b/.test(name))).toEqual([]);
    expect(registry.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  });
});
