// The locks inside the executable, each loaded when it is asked for. One row per file that `bun run plugins:lock` writes.
import type { PluginLock } from "./lock.ts";

export interface CompiledLock extends Pick<PluginLock, "plugin" | "variant"> {
  arch: PluginLock["platform"]["arch"];
  /** For messages: the file it was compiled from. */
  file: string;
  load: () => Promise<{ default: unknown }>;
}

type Load = CompiledLock["load"];

const loadXla13X64: Load = () => import("./xla-cuda13-linux-x64.json", { with: { type: "json" } });
const loadXla13Arm64: Load = () => import("./xla-cuda13-linux-arm64.json", { with: { type: "json" } });
const loadXla12X64: Load = () => import("./xla-cuda12-linux-x64.json", { with: { type: "json" } });
const loadXla12Arm64: Load = () => import("./xla-cuda12-linux-arm64.json", { with: { type: "json" } });
const loadTpuX64: Load = () => import("./xla-tpu-linux-x64.json", { with: { type: "json" } });
const loadOnnx13X64: Load = () => import("./onnx-cuda13-linux-x64.json", { with: { type: "json" } });
const loadOnnx13Arm64: Load = () => import("./onnx-cuda13-linux-arm64.json", { with: { type: "json" } });
const loadOnnx12X64: Load = () => import("./onnx-cuda12-linux-x64.json", { with: { type: "json" } });

/** Literal file names: the compiler finds what it puts into the executable by them. */
export const COMPILED_LOCKS: readonly CompiledLock[] = [
  { plugin: "xla:cuda", variant: "cuda13", arch: "x64", file: "xla-cuda13-linux-x64.json", load: loadXla13X64 },
  { plugin: "xla:cuda", variant: "cuda13", arch: "arm64", file: "xla-cuda13-linux-arm64.json", load: loadXla13Arm64 },
  { plugin: "xla:cuda", variant: "cuda12", arch: "x64", file: "xla-cuda12-linux-x64.json", load: loadXla12X64 },
  { plugin: "xla:cuda", variant: "cuda12", arch: "arm64", file: "xla-cuda12-linux-arm64.json", load: loadXla12Arm64 },
  { plugin: "xla:tpu", variant: "tpu", arch: "x64", file: "xla-tpu-linux-x64.json", load: loadTpuX64 },
  { plugin: "onnx:cuda", variant: "cuda13", arch: "x64", file: "onnx-cuda13-linux-x64.json", load: loadOnnx13X64 },
  { plugin: "onnx:cuda", variant: "cuda13", arch: "arm64", file: "onnx-cuda13-linux-arm64.json", load: loadOnnx13Arm64 },
  { plugin: "onnx:cuda", variant: "cuda12", arch: "x64", file: "onnx-cuda12-linux-x64.json", load: loadOnnx12X64 },
];
