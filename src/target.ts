// A backend and a device together, written as users write it: "onnx:cpu", "xla:cuda".

export const TARGETS = ["onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"] as const;
export type Target = (typeof TARGETS)[number];

/** What an XLA target computes with; ONNX Runtime computes with what the graph says. */
export const PRECISIONS = ["f32", "tf32", "bf16", "f16"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Which target was asked for, which one answers, and why they differ (`null` when they do not). */
export interface TargetChoice {
  requested: Target;
  actual: Target;
  reason: string | null;
}
