// A backend and a device together, written as users write it: "onnx:cpu", "xla:cuda".

export const TARGETS = ["onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"] as const;
export type Target = (typeof TARGETS)[number];

/** Which target was asked for, which one answers, and why they differ (`null` when they do not). */
export interface TargetChoice {
  requested: Target;
  actual: Target;
  reason: string | null;
}
