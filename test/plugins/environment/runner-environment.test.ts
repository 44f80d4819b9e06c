import { describe, expect, test } from "bun:test";
import { stripForeignCuda } from "../../../src/plugins/environment/library-path.ts";
import { listPreloads } from "../../../src/plugins/environment/preloads.ts";
import { createRunnerEnvironment } from "../../../src/plugins/environment/runner-environment.ts";
import type { RunnerEnvironmentFacts } from "../../../src/plugins/environment/runner-environment.ts";
import type { Target } from "../../../src/target.ts";

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "/usr/local/cuda/lib64": ["libcudart.so.12", "libcublas.so"],
  "/opt/cudnn": ["libcudnn_ops.so.8"],
  "/opt/ort": ["libonnxruntime.so.1.20.0"],
  "/usr/local/nvidia/lib64": ["libcuda.so.1", "libnvidia-ml.so.1", "libcudadebugger.so.1"],
  "/opt/mine": ["libfoo.so"],
};
const listFolder = (path: string): readonly string[] => FOLDERS[path] ?? [];
const CUDA13 = { root: "/p/xla/cuda/versions/1", files: ["nvidia/cu13/bin/ptxas", "nvidia/cu13/lib/libcudart.so.13"] };
const CUDA12 = { root: "/p", files: ["nvidia/cublas/lib/libcublas.so.12", "nvidia/cuda_nvcc/bin/ptxas"] };
const ALWAYS = { BUN_ENABLE_CRASH_REPORTING: "0" };
const XLA = { ...ALWAYS, TF_CPP_MIN_LOG_LEVEL: "3" };
const USUAL = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const create = (target: Target, environment: Record<string, string>, facts: Partial<RunnerEnvironmentFacts> = {}) =>
  createRunnerEnvironment(target, environment, { isGoogleCloud: false, listFolder, ...facts });

describe("createRunnerEnvironment()", () => {
  test.each<[string, Target, Record<string, string>, Partial<RunnerEnvironmentFacts>, Record<string, string>]>([
    ["ONNX Runtime on the CPU", "onnx:cpu", { PATH: "/bin", LD_LIBRARY_PATH: "/opt/ort" }, {},
      { ...ALWAYS, PATH: "/bin", LD_LIBRARY_PATH: "/opt/ort", ORT_DISABLE_TELEMETRY: "1" }],
    ["XLA on the CPU", "xla:cpu", { PATH: "/bin" }, {}, { ...XLA, PATH: "/bin" }],
    ["XLA without PATH, of which it would die", "xla:cpu", {}, {}, { ...XLA, PATH: USUAL }],
    ["XLA with a log level of a person's own", "xla:cpu", { PATH: "/bin", TF_CPP_MIN_LOG_LEVEL: "0" }, {},
      { ...ALWAYS, PATH: "/bin", TF_CPP_MIN_LOG_LEVEL: "0" }],
    ["XLA on CUDA 13", "xla:cuda", { PATH: "/usr/local/cuda/bin:/bin" }, { tree: CUDA13 }, {
      ...XLA,
      PATH: "/p/xla/cuda/versions/1/nvidia/cu13/bin:/usr/local/cuda/bin:/bin",
      XLA_FLAGS: "--xla_gpu_cuda_data_dir=/p/xla/cuda/versions/1/nvidia/cu13",
    }],
    ["XLA on CUDA 12, with flags of a person's own and no PATH", "xla:cuda", { XLA_FLAGS: "--a=1 --b" }, { tree: CUDA12 }, {
      ...XLA, PATH: `/p/nvidia/cuda_nvcc/bin:${USUAL}`, XLA_FLAGS: "--a=1 --b --xla_gpu_cuda_data_dir=/p/nvidia/cuda_nvcc",
    }],
    ["a tree whose path has a space", "xla:cuda", { PATH: "/bin" }, { tree: { ...CUDA13, root: "/my plugins" } }, {
      ...XLA,
      PATH: "/my plugins/nvidia/cu13/bin:/bin",
      XLA_FLAGS: '--xla_gpu_cuda_data_dir="/my plugins/nvidia/cu13"',
    }],
    ["a data folder of a person's own", "xla:cuda", { PATH: "/bin", XLA_FLAGS: "--xla_gpu_cuda_data_dir=/mine" },
      { tree: CUDA13 }, { ...XLA, PATH: "/bin", XLA_FLAGS: "--xla_gpu_cuda_data_dir=/mine" }],
    ["a PJRT plugin without a CUDA of its own", "xla:cuda", { PATH: "/bin", LD_LIBRARY_PATH: "/usr/local/cuda/lib64" }, {},
      { ...XLA, PATH: "/bin", LD_LIBRARY_PATH: "/usr/local/cuda/lib64" }],
    ["a GPU among several", "onnx:cuda", { PATH: "/bin", CUDA_VISIBLE_DEVICES: "0,1" }, { gpuUuid: "GPU-8a" },
      { ...ALWAYS, PATH: "/bin", ORT_DISABLE_TELEMETRY: "1", CUDA_VISIBLE_DEVICES: "GPU-8a" }],
    ["a TPU off Google Cloud", "xla:tpu", { PATH: "/bin" }, {}, { ...XLA, PATH: "/bin", TPU_SKIP_MDS_QUERY: "1" }],
    ["a TPU on Google Cloud", "xla:tpu", { PATH: "/bin" }, { isGoogleCloud: true }, { ...XLA, PATH: "/bin" }],
    ["a TPU and a person's own word", "xla:tpu", { PATH: "/bin", TPU_SKIP_MDS_QUERY: "0" }, {},
      { ...XLA, PATH: "/bin", TPU_SKIP_MDS_QUERY: "0" }],
    ["what would make Bun run other code", "onnx:cpu", { BUN_OPTIONS: "--preload x", NODE_OPTIONS: "-r x", TERMITE_API_KEYS: "k" },
      {}, { ...ALWAYS, ORT_DISABLE_TELEMETRY: "1" }],
  ])("gives %s what it needs", (_, target, environment, facts, expected) => {
    expect(create(target, environment, facts)).toEqual({ environment: expected, notes: [] });
  });

  test("leaves another CUDA out of LD_LIBRARY_PATH and says so when the plugin has its own", () => {
    const given = { LD_LIBRARY_PATH: "/opt/mine:/usr/local/cuda/lib64::/opt/cudnn" };
    expect(create("onnx:cuda", given, { tree: CUDA13 })).toEqual({
      environment: { ...ALWAYS, ORT_DISABLE_TELEMETRY: "1", LD_LIBRARY_PATH: "/opt/mine" },
      notes: [
        '"/usr/local/cuda/lib64" of LD_LIBRARY_PATH holds another CUDA and is left out',
        '"/opt/cudnn" of LD_LIBRARY_PATH holds another CUDA and is left out',
      ],
    });
  });
});

describe("stripForeignCuda()", () => {
  test.each<[string | undefined, string | undefined, string[]]>([
    [undefined, undefined, []],
    ["", undefined, []],
    ["/usr/local/nvidia/lib64", "/usr/local/nvidia/lib64", []],
    ["/opt/ort:/absent", "/absent", ["/opt/ort"]],
    ["/usr/local/cuda/lib64", undefined, ["/usr/local/cuda/lib64"]],
  ])("makes %p to %p", (given, value, removed) => {
    expect(stripForeignCuda(given, listFolder)).toEqual({ value, removed });
  });
});

describe("listPreloads()", () => {
  test("puts each library behind those that it needs, as absolute paths", () => {
    const names = [
      "libcublas.so.13", "libcublasLt.so.13", "libcudart.so.13", "libcufft.so.12", "libcupti.so.13", "libcurand.so.10",
      "libcusolver.so.12", "libcusparse.so.12", "libnvJitLink.so.13", "libnvrtc-builtins.so.13.5", "libnvrtc.so.13",
    ];
    const parts = ["adv", "cnn", "engines_precompiled", "ext", "graph", "heuristic", "ops"];
    const files = [
      ...names.map((name) => `nvidia/cu13/lib/${name}`),
      "nvidia/cudnn/lib/libcudnn.so.9", ...parts.map((part) => `nvidia/cudnn/lib/libcudnn_${part}.so.9`),
      "nvidia/nccl/lib/libnccl.so.2",
    ];
    expect(listPreloads({ root: "/p", files }).map((path) => path.replace(/^\/p\/nvidia\/(cu13|cudnn)\/lib\/lib/, ""))).toEqual([
      "cudart.so.13", "nvJitLink.so.13", "nvrtc.so.13", "cublasLt.so.13", "cublas.so.13", "curand.so.10", "cufft.so.12",
      "cusparse.so.12", "cusolver.so.12", "cudnn.so.9", "cudnn_graph.so.9", "cudnn_ops.so.9", "cudnn_adv.so.9", "cudnn_cnn.so.9",
      "cudnn_engines_precompiled.so.9", "cudnn_ext.so.9", "cudnn_heuristic.so.9",
    ]);
  });

  test("is empty where nothing of NVIDIA's lies", () => {
    expect(listPreloads({ root: "/p", files: [] })).toEqual([]);
  });
});
