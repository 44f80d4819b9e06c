// Which libraries of a plugin's tree are opened by absolute path before the engine's own, and in which order. Pure.
// ONNX Runtime's CUDA provider has no RPATH, and cuDNN opens its parts by bare name: the linker must have met ours first.
import { basename, join } from "node:path";
import type { LibraryTree } from "./library-tree.ts";

/**
 * Each behind those that its NEEDED names (read from the wheels of CUDA 13.0 to 13.5): curand needs cudart, cublas needs
 * cublasLt, cusolver needs cublas, cusparse and nvJitLink, every part of cuDNN needs graph, some need ops. What only
 * several GPUs or a profiler use (nccl, nvshmem, cupti) is left to whoever asks for it.
 */
const ORDER: readonly RegExp[] = [
  /^libcudart\.so\.\d+$/,
  /^libnvJitLink\.so\.\d+$/,
  /^libnvrtc\.so\.\d+$/,
  /^libcublasLt\.so\.\d+$/,
  /^libcublas\.so\.\d+$/,
  /^libcurand\.so\.\d+$/,
  /^libcufft\.so\.\d+$/,
  /^libcusparse\.so\.\d+$/,
  /^libcusolver\.so\.\d+$/,
  /^libcudnn\.so\.\d+$/,
  /^libcudnn_graph\.so\.\d+$/,
  /^libcudnn_ops\.so\.\d+$/,
  /^libcudnn_\w+\.so\.\d+$/,
];

/** Absolute paths, each once. */
export function listPreloads({ root, files }: LibraryTree): string[] {
  const found = ORDER.flatMap((pattern) => files.filter((file) => pattern.test(basename(file))));
  return [...new Set(found)].map((file) => join(root, file));
}
