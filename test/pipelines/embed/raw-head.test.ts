import { expect, test } from "bun:test";
import { addRawHead } from "../../../src/pipelines/embed/raw-head.ts";
import { createLoadRequest } from "../../../src/runners/load-request.ts";

test("addRawHead() has weights cross to the runner once for both heads", () => {
  const weight = new Float32Array(1000);
  const dense = { kind: "dense", inFeatures: 50, outFeatures: 20, weight, activation: "tanh" } as const;
  const heads = addRawHead({ embed: { kind: "pool", modes: ["mean"], steps: [dense, { kind: "normalize" }] } });
  expect(Object.keys(heads)).toEqual(["embed", "embed-raw"]);
  const message = structuredClone(createLoadRequest(1, { key: "m-1", name: "m", graphFile: "m.onnx", heads }));
  const found = message.type === "load" ? Object.values(message.model.heads) : [];
  const weights = found.flatMap((head) => (head.kind === "pool" ? head.steps : [])).flatMap((step) => (step.kind === "dense" ? [step.weight] : []));
  expect(weights).toEqual([weight, weight]);
  expect(new Set(weights).size).toBe(1);
});
