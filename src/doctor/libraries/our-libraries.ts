// Names of the libraries that an engine loads: a foreign one of the same name can be picked up instead. Pure.

const NAMES = [
  /^libcudnn.*\.so\.9(?:\.|$)/,
  /^libcublas.*\.so(?:\.|$)/,
  /^libcudart\.so(?:\.|$)/,
  /^libonnxruntime.*\.so(?:\.|$)/,
  /^libnccl\.so(?:\.|$)/,
  /^libstdc\+\+\.so(?:\.|$)/,
];

/** Those of a folder's files that could stand in for one of ours, sorted. */
export function findOurLibraries(fileNames: readonly string[]): string[] {
  return fileNames.filter((name) => NAMES.some((pattern) => pattern.test(name))).toSorted();
}

/** cuDNN of any major: the sub-libraries are loaded by bare name. */
export function isCudnn(fileName: string): boolean {
  return /^libcudnn.*\.so(?:\.|$)/.test(fileName);
}
