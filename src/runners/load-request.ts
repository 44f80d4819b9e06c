// The one request that carries weights.
import type { DenseStep, Head } from "../heads/head.ts";
import type { Request } from "./protocol.ts";
import { compact } from "./result-pieces.ts";
import type { RunnerModel } from "./runner.ts";

/** Weights get buffers of their own: a view into a mapped file would carry the whole file across. */
export function createLoadRequest(id: number, { heads, ...model }: RunnerModel): Request {
  const compacted = Object.entries(heads).map(([headName, head]) => [headName, compactHead(head)] as const);
  return { type: "load", id, model: { ...model, heads: Object.fromEntries(compacted) } };
}

type WireHead = Extract<Request, { type: "load" }>["model"]["heads"][string];

function compactHead(head: Head): WireHead {
  if (head.kind !== "pool") return { ...head };
  const steps = head.steps.map((step) => (step.kind === "dense" ? compactStep(step) : { ...step }));
  return { kind: "pool", modes: [...head.modes], steps };
}

function compactStep(step: DenseStep): DenseStep {
  const weights = { ...step, weight: compact(step.weight) };
  return step.bias === undefined ? weights : { ...weights, bias: compact(step.bias) };
}
