// File names of wheels (the binary distribution format, "File name convention"), and whether one is for us.

export interface WheelName {
  /** As in the file name: "nvidia_cublas". */
  project: string;
  version: string;
  python: readonly string[];
  abi: readonly string[];
  platforms: readonly string[];
}

/** The Python that all sets are resolved with, never the host's; `providers_cuda` differs from tag to tag. */
export const PYTHON_VERSION = "3.12";
const PYTHON_TAG = "cp312";

const MACHINES = { x64: "x86_64", arm64: "aarch64" } as const;

/** Sample: `nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl`. */
export function parseWheelName(file: string): WheelName | undefined {
  const parts = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file);
  if (parts === null) return undefined;
  const [, project = "", version = "", python = "", abi = "", platforms = ""] = parts;
  return { project, version, python: python.split("."), abi: abi.split("."), platforms: platforms.split(".") };
}

/** For Linux with glibc on `arch`, and for any Python or the one that is pinned. */
export function isForUs({ python, abi, platforms }: WheelName, arch: keyof typeof MACHINES): boolean {
  const isPlatform = platforms.some((tag) => tag.startsWith("manylinux") && tag.endsWith(`_${MACHINES[arch]}`));
  const isAny = python.includes("py3") && abi.includes("none");
  const isPinned = python.includes(PYTHON_TAG) && abi.includes(PYTHON_TAG);
  return isPlatform && (isAny || isPinned);
}
