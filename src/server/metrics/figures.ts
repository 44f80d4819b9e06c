// What is only looked up when somebody asks for metrics. Of the process itself only figures that are right under Bun.
import type { Counter, Gauge, Registry } from "prom-client";
import type { MetricsFacts } from "../deps.ts";
import { readEventLoopTimes } from "./event-loop.ts";
import type { Prometheus } from "./recorder.ts";

/** Sets all of them; to be called before each look at the registry. */
export type WriteFigures = (facts: MetricsFacts) => void;

export function createFigures(prom: Prometheus, registry: Registry): WriteFigures {
  const registers = [registry];
  const gauge: CreateGauge = (name, help, labelNames = []) => new prom.Gauge({ name, help, labelNames, registers });
  const counter: CreateCounter = (name, help, labelNames = []) => new prom.Counter({ name, help, labelNames, registers });
  const writers = [
    createQueueFigures(gauge),
    createCacheFigures(gauge, counter),
    createModelFigures(gauge),
    createRunnerFigures(gauge, counter("termite_runner_restarts_total", "Times that a runner was started again", ["target"])),
    createProcessFigures(gauge, counter("process_cpu_seconds_total", "User and system time of the server process, in seconds")),
    createEventLoopFigures(counter),
  ];
  return (facts) => {
    for (const write of writers) write(facts);
  };
}

type CreateGauge = <T extends string>(name: string, help: string, labelNames?: readonly T[]) => Gauge<T>;
type CreateCounter = <T extends string>(name: string, help: string, labelNames?: readonly T[]) => Counter<T>;

/** What autoscalers look at. */
function createQueueFigures(gauge: CreateGauge): WriteFigures {
  const tokens = gauge("termite_queue_tokens", "Tokens of requests that were let in and are not done yet");
  const maxTokens = gauge("termite_queue_tokens_limit", "The most of them that are let in: max_queue_tokens");
  const requests = gauge("termite_queue_requests", "Requests for work that were let in and are not answered yet");
  const maxRequests = gauge("termite_queue_requests_limit", "The most of them that are let in: max_concurrent_requests");
  const speed = gauge("termite_queue_tokens_per_second", "What runners get through while something waits; absent when nothing did lately");
  return ({ queue }) => {
    speed.remove({});
    if (queue === undefined) return;
    tokens.set(queue.tokens);
    maxTokens.set(queue.maxTokens);
    requests.set(queue.requests);
    maxRequests.set(queue.maxRequests);
    if (queue.tokensPerSecond !== undefined) speed.set(queue.tokensPerSecond);
  };
}

/** All 0 where nothing is kept. */
function createCacheFigures(gauge: CreateGauge, counter: CreateCounter): WriteFigures {
  const bytes = gauge("termite_cache_bytes", "Memory of the results that are kept");
  const maxBytes = gauge("termite_cache_limit_bytes", "The most that it may be: cache.mb");
  const entries = gauge("termite_cache_entries", "Results that are kept");
  const items = counter("termite_cache_items_total", "Inputs by where their results came from: hit (kept), miss (run), shared (somebody else's run)", ["result"]);
  return ({ cache }) => {
    bytes.set(cache?.bytes ?? 0);
    maxBytes.set(cache?.maxBytes ?? 0);
    entries.set(cache?.entries ?? 0);
    items.reset();
    items.inc({ result: "hit" }, cache?.hits ?? 0);
    items.inc({ result: "miss" }, cache?.misses ?? 0);
    items.inc({ result: "shared" }, cache?.shared ?? 0);
  };
}

function createModelFigures(gauge: CreateGauge): WriteFigures {
  const models = gauge("termite_models_loaded", "Models that are in a runner");
  const target = gauge("termite_target_info", "The target that was requested and the one that serves", ["requested", "actual"]);
  const build = gauge("termite_build_info", "What serves", ["version", "build"]);
  return ({ modelsLoaded, target: { requested, actual }, version: { version, build: commit } }) => {
    models.set(modelsLoaded);
    target.reset();
    target.set({ requested, actual }, 1);
    build.set({ version, build: commit }, 1);
  };
}

/** `process` is "server", or the target of a runner. */
function createRunnerFigures(gauge: CreateGauge, restarts: Counter<"target">): WriteFigures {
  const memory = gauge("termite_process_memory_bytes", "Resident memory of each of our processes", ["process"]);
  return ({ runners }) => {
    memory.reset();
    restarts.reset();
    memory.set({ process: "server" }, process.memoryUsage.rss());
    for (const { target, restarts: times, memoryBytes } of runners) {
      restarts.inc({ target }, times);
      if (memoryBytes !== undefined) memory.inc({ process: target }, memoryBytes);
    }
  };
}

/** None where the kernel does not count them. */
function createEventLoopFigures(counter: CreateCounter): WriteFigures {
  if (readEventLoopTimes() === undefined) return () => {};
  const busy = counter("termite_event_loop_busy_seconds_total", "Time that the server's event loop computed");
  const starved = counter("termite_event_loop_starved_seconds_total", "Time that it had something to do and no core to do it on");
  return () => {
    const { busySeconds = 0, starvedSeconds = 0 } = readEventLoopTimes() ?? {};
    busy.reset();
    busy.inc(busySeconds);
    starved.reset();
    starved.inc(starvedSeconds);
  };
}

/** Under the names that Prometheus' own clients use. */
function createProcessFigures(gauge: CreateGauge, cpu: Counter): WriteFigures {
  const memory = gauge("process_resident_memory_bytes", "Resident memory of the server process");
  const start = gauge("process_start_time_seconds", "When the server process was started, in seconds since 1970");
  const startedAt = performance.timeOrigin / 1000;
  return () => {
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
    memory.set(process.memoryUsage.rss());
    start.set(startedAt);
  };
}
