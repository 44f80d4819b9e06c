// What is locked: one row per plugin, variant and processor, and the package that each plugin library comes from.
import { CUDA_FLOORS } from "../../src/plugins/detect/nvidia/cuda-floors.ts";
import type { PluginVariant } from "../../src/plugins/catalog/catalog.ts";
import type { PluginLock, PluginName } from "../../src/plugins/catalog/lock.ts";
import type { PackageRule } from "./packages.ts";

export interface RootRule extends PackageRule {
  /** The plugin library, as a glob pattern: some names hold the version. */
  library: string;
  /** Versions of this variant: specifiers, where one package serves several CUDA majors. */
  versions?: string;
}

/** Where the list of packages comes from. */
export type DependencyRule =
  /** `extra` of the METADATA of another package of the same version, and what those packages need in turn. */
  | { kind: "extra"; package: string; extra: string }
  /** Whoever has the libraries that the kept ELF files name as NEEDED. */
  | { kind: "needed" }
  | { kind: "none" };

export interface PluginSet {
  /** `<id>.json` in the catalog. */
  id: string;
  plugin: PluginName;
  variant: PluginVariant;
  arch: PluginLock["platform"]["arch"];
  root: RootRule;
  dependencies: DependencyRule;
  /** Asked of the library itself, in a child process. */
  isPjrt: boolean;
  needs: Pick<PluginLock["needs"], "driver" | "computeCapability">;
}

const XLA13 = {
  plugin: "xla:cuda",
  variant: "cuda13",
  root: createPjrtRoot("jax-cuda13-pjrt", "jax_plugins/xla_cuda13/xla_cuda_plugin.so"),
  dependencies: { kind: "extra", package: "jax-cuda13-plugin", extra: "with-cuda" },
  isPjrt: true,
  needs: findNeeds(13),
} as const satisfies Omit<PluginSet, "id" | "arch">;

const XLA12 = {
  plugin: "xla:cuda",
  variant: "cuda12",
  root: createPjrtRoot("jax-cuda12-pjrt", "jax_plugins/xla_cuda12/xla_cuda_plugin.so"),
  dependencies: { kind: "extra", package: "jax-cuda12-plugin", extra: "with-cuda" },
  isPjrt: true,
  needs: findNeeds(12),
} as const satisfies Omit<PluginSet, "id" | "arch">;

const TPU = {
  plugin: "xla:tpu",
  variant: "tpu",
  root: {
    name: "libtpu",
    licence: "Google Cloud Platform Terms of Service",
    library: "libtpu/libtpu.so",
    keep: ["libtpu/libtpu.so"],
  },
  dependencies: { kind: "none" },
  isPjrt: true,
  needs: {},
} as const satisfies Omit<PluginSet, "id" | "arch">;

/** The providers find each other beside the library. TensorRT's needs a TensorRT that nobody asked for. */
const ONNX_KEEP: readonly string[] = [
  "onnxruntime/capi/libonnxruntime.so.*",
  "onnxruntime/capi/libonnxruntime_providers_shared.so",
  "onnxruntime/capi/libonnxruntime_providers_cuda.so",
];
const ONNX_ROOT = {
  name: "onnxruntime-gpu",
  licence: "MIT",
  library: "onnxruntime/capi/libonnxruntime.so.*",
  keep: ONNX_KEEP,
} as const;

const ONNX13 = {
  plugin: "onnx:cuda",
  variant: "cuda13",
  root: { ...ONNX_ROOT, versions: ">=1.27" },
  dependencies: { kind: "needed" },
  isPjrt: false,
  needs: findNeeds(13),
} as const satisfies Omit<PluginSet, "id" | "arch">;

/** 1.26 is the last line for CUDA 12; it has no wheels for arm64. */
const ONNX12 = {
  ...ONNX13,
  variant: "cuda12",
  root: { ...ONNX_ROOT, versions: "<1.27" },
  needs: findNeeds(12),
} as const satisfies Omit<PluginSet, "id" | "arch">;

export const SETS: readonly PluginSet[] = [
  { id: "xla-cuda13-linux-x64", ...XLA13, arch: "x64" },
  { id: "xla-tpu-linux-x64", ...TPU, arch: "x64" },
  { id: "onnx-cuda13-linux-x64", ...ONNX13, arch: "x64" },
  { id: "onnx-cuda12-linux-x64", ...ONNX12, arch: "x64" },
  { id: "xla-cuda12-linux-x64", ...XLA12, arch: "x64" },
  { id: "xla-cuda13-linux-arm64", ...XLA13, arch: "arm64" },
  { id: "onnx-cuda13-linux-arm64", ...ONNX13, arch: "arm64" },
  { id: "xla-cuda12-linux-arm64", ...XLA12, arch: "arm64" },
];

function createPjrtRoot(name: string, library: string): RootRule {
  return { name, licence: "Apache-2.0", library, keep: [library] };
}

function findNeeds(major: number): PluginSet["needs"] {
  const floor = CUDA_FLOORS.find((row) => row.major === major);
  if (floor === undefined) throw new RangeError(`no floor for CUDA ${major}`);
  return { driver: floor.driver, computeCapability: floor.capability };
}
