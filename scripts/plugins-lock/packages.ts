// Every package that a set may take something from, by its whole name: no name is ever put together. What is kept of each,
// and why. A package that a plugin asks for and that is not here stops the script: a person adds its row.
import type { PluginVariant } from "../../src/plugins/catalog/catalog.ts";

export interface PackageRule {
  name: string;
  /** As people know it. */
  licence: string;
  /**
   * Its first number. Un-suffixed NVIDIA packages are not tied to a CUDA major: without a cap a set for CUDA 13 takes
   * libraries of CUDA 14 the day that they appear. Those that are not numbered like CUDA have their own number here.
   */
  major?: number;
  /** Glob patterns of what an install keeps besides the licence texts. None: nothing is needed of it, `skip` says why. */
  keep: readonly string[];
  skip?: string;
}

const CUDA_EULA = "NVIDIA CUDA EULA";
const CUDNN_SLA = "NVIDIA cuDNN SLA";

/** `ptxas` makes machine code of PTX; `nvlink` and `fatbinary` join several such pieces. XLA starts them as processes. */
const COMPILERS: readonly string[] = ["ptxas", "nvlink", "fatbinary"];

const CUDA13: readonly PackageRule[] = [
  rule("nvidia-cublas", 13, ["nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libcublasLt.so.13"]),
  rule("nvidia-cuda-cupti", 13, ["nvidia/cu13/lib/libcupti.so.13"]),
  rule("nvidia-cuda-nvcc", 13, COMPILERS.map((name) => `nvidia/cu13/bin/${name}`)),
  // The builtins are opened by nvrtc under a name with the minor version.
  rule("nvidia-cuda-nvrtc", 13, ["nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cu13/lib/libnvrtc-builtins.so.13.*"]),
  rule("nvidia-cuda-runtime", 13, ["nvidia/cu13/lib/libcudart.so.13"]),
  { name: "nvidia-cudnn-cu13", licence: CUDNN_SLA, keep: ["nvidia/cudnn/lib/libcudnn*.so.9"] },
  rule("nvidia-cufft", 12, ["nvidia/cu13/lib/libcufft.so.12"]),
  rule("nvidia-curand", 10, ["nvidia/cu13/lib/libcurand.so.10"]),
  rule("nvidia-cusolver", 12, ["nvidia/cu13/lib/libcusolver.so.12"]),
  rule("nvidia-cusparse", 12, ["nvidia/cu13/lib/libcusparse.so.12"]),
  { name: "nvidia-nccl-cu13", licence: "BSD-3-Clause", keep: ["nvidia/nccl/lib/libnccl.so.2"] },
  rule("nvidia-nvjitlink", 13, ["nvidia/cu13/lib/libnvJitLink.so.13"]),
  // cicc and libnvvm compile C++: XLA has its own LLVM.
  rule("nvidia-nvvm", 13, ["nvidia/cu13/nvvm/libdevice/libdevice.10.bc"]),
  skip("nvidia-cuda-crt", "headers"),
  skip("nvidia-cuda-cccl", "headers"),
  skip("nvidia-nvshmem-cu13", "for several machines; never opened for one device"),
];

const CUDA12: readonly PackageRule[] = [
  rule("nvidia-cublas-cu12", 12, ["nvidia/cublas/lib/libcublas.so.12", "nvidia/cublas/lib/libcublasLt.so.12"]),
  rule("nvidia-cuda-cupti-cu12", 12, ["nvidia/cuda_cupti/lib/libcupti.so.12"]),
  rule("nvidia-cuda-nvcc-cu12", 12, [
    "nvidia/cuda_nvcc/bin/ptxas",
    "nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc",
  ]),
  rule("nvidia-cuda-nvrtc-cu12", 12, [
    "nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
    "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.*",
  ]),
  rule("nvidia-cuda-runtime-cu12", 12, ["nvidia/cuda_runtime/lib/libcudart.so.12"]),
  { name: "nvidia-cudnn-cu12", licence: CUDNN_SLA, keep: ["nvidia/cudnn/lib/libcudnn*.so.9"] },
  rule("nvidia-cufft-cu12", 11, ["nvidia/cufft/lib/libcufft.so.11"]),
  rule("nvidia-curand-cu12", 10, ["nvidia/curand/lib/libcurand.so.10"]),
  rule("nvidia-cusolver-cu12", 11, ["nvidia/cusolver/lib/libcusolver.so.11"]),
  rule("nvidia-cusparse-cu12", 12, ["nvidia/cusparse/lib/libcusparse.so.12"]),
  { name: "nvidia-nccl-cu12", licence: "BSD-3-Clause", keep: ["nvidia/nccl/lib/libnccl.so.2"] },
  rule("nvidia-nvjitlink-cu12", 12, ["nvidia/nvjitlink/lib/libnvJitLink.so.12"]),
  skip("nvidia-cuda-cccl-cu12", "headers"),
  skip("nvidia-nvshmem-cu12", "for several machines; never opened for one device"),
];

/** What the plugin libraries of a variant may need from elsewhere. */
export const PACKAGES: Readonly<Record<PluginVariant, readonly PackageRule[]>> = {
  cuda13: CUDA13,
  cuda12: CUDA12,
  tpu: [],
};

function rule(name: string, major: number, keep: readonly string[]): PackageRule {
  return { name, licence: CUDA_EULA, major, keep };
}

function skip(name: string, why: string): PackageRule {
  return { name, licence: CUDA_EULA, keep: [], skip: why };
}
