// The one way to prom-client, which takes as long to load as a small command takes in all: only a server loads it.
import type { MetricsFacts, MetricsRegistry } from "../deps.ts";
import { createFigures } from "./figures.ts";
import { Recorder } from "./recorder.ts";

export async function openMetrics(): Promise<MetricsRegistry> {
  const prom = await import("prom-client");
  const registry = new prom.Registry();
  const recorder = new Recorder(prom, registry);
  const figures = createFigures(prom, registry);
  const format = async (facts: MetricsFacts): Promise<string> => {
    recorder.read();
    figures(facts);
    return await registry.metrics();
  };
  return {
    noteRequestStarted: () => recorder.noteRequestStarted(),
    noteRequestEnded: (facts) => recorder.noteRequestEnded(facts),
    noteRefusal: (reason) => recorder.noteRefusal(reason),
    noteTokenized: (model, seconds) => recorder.noteTokenized(model, seconds),
    noteQueueWait: (model, seconds) => recorder.noteQueueWait(model, seconds),
    noteRunStarted: () => recorder.noteRunStarted(),
    noteRunEnded: (batch) => recorder.noteRunEnded(batch),
    noteBatchBudget: (model, maxTokens) => recorder.noteBatchBudget(model, maxTokens),
    format,
    contentType: registry.contentType,
  };
}
