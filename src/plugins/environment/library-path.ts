// LD_LIBRARY_PATH for a runner on CUDA: without folders that hold another CUDA, which the linker would take before the
// plugin's own. Pure: the caller lists the folders.

/** The toolkit's and cuDNN's. Not `libcuda` and `libnvidia-ml`, which are the driver's and needed. */
const CUDA_LIBRARY =
  /^lib(?:cudart|cublas|cublasLt|cudnn|curand|cufft|cusolver|cusparse|nvrtc|nvJitLink|nccl|cupti|onnxruntime)(?:_\w+)?\.so(?:\.|$)/;

export interface LibraryPath {
  /** `undefined` when nothing is left. */
  value: string | undefined;
  /** What was taken out. */
  removed: readonly string[];
}

/** `listFolder` gives the names in a folder. Empty entries, which mean the current folder, go too. */
export function stripForeignCuda(
  libraryPath: string | undefined,
  listFolder: (path: string) => readonly string[],
): LibraryPath {
  const folders = (libraryPath ?? "").split(":").filter((folder) => folder !== "");
  const isForeign = (folder: string): boolean => listFolder(folder).some((name) => CUDA_LIBRARY.test(name));
  const removed = folders.filter(isForeign);
  const kept = folders.filter((folder) => !removed.includes(folder));
  return { value: kept.length === 0 ? undefined : kept.join(":"), removed };
}
