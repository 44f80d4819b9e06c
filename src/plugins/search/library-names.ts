// What an engine's library is called on each platform, and the version that a name says.
import type { Platform } from "../detect/platform.ts";
import type { Target } from "../../target.ts";

/** A file of a folder: its own name, and that of the file that its links lead to. */
export interface NamedFile {
  name: string;
  realName: string;
}

export interface LibraryNames {
  /** As a person would write them. */
  shown: readonly string[];
  matches: (name: string) => boolean;
  /** Best first. */
  compare: (left: NamedFile, right: NamedFile) => number;
}

export function resolveLibraryNames(target: Target, { os }: Platform): LibraryNames {
  return target === "onnx:cpu" || target === "onnx:cuda" ? createOnnxNames(os) : createXlaNames(target, os);
}

/** What the wheels of a plugin call its library, which a tree that was unpacked by hand keeps. */
const WHEEL_NAMES: Readonly<Partial<Record<Target, string>>> = {
  "xla:cuda": "xla_cuda_plugin.so",
  "xla:tpu": "libtpu.so",
};

/** The names inside `current`: those of everywhere, then the wheel's own. */
export function resolveTreeNames(target: Target, platform: Platform): LibraryNames {
  const names = resolveLibraryNames(target, platform);
  const wheelName = WHEEL_NAMES[target];
  return wheelName === undefined ? names : createOrderedNames([...names.shown, wheelName]);
}

/** go-xla looks for `.dylib` and `.so` on macOS. */
function createXlaNames(target: Target, os: string): LibraryNames {
  const device = target.slice("xla:".length);
  const endings = os === "darwin" ? ["dylib", "so"] : [os === "win32" ? "dll" : "so"];
  const stems = [`pjrt_c_api_${device}_plugin`, `pjrt-plugin-${device}`, `pjrt_plugin_${device}`];
  return createOrderedNames(endings.flatMap((ending) => stems.map((stem) => `${stem}.${ending}`)));
}

function createOrderedNames(shown: readonly string[]): LibraryNames {
  const compare = (left: NamedFile, right: NamedFile) => shown.indexOf(left.name) - shown.indexOf(right.name);
  return { shown, matches: (name) => shown.includes(name), compare };
}

/** `libonnxruntime.so`, `libonnxruntime.so.1.31.1`; `libonnxruntime.1.31.1.dylib`; `onnxruntime.dll`. */
const ONNX_PATTERNS: Readonly<Record<string, { shown: string; pattern: RegExp }>> = {
  darwin: { shown: "libonnxruntime*.dylib", pattern: /^libonnxruntime(\.\d+)*\.dylib$/ },
  win32: { shown: "onnxruntime.dll", pattern: /^onnxruntime\.dll$/ },
};
const ONNX_LINUX = { shown: "libonnxruntime.so*", pattern: /^libonnxruntime\.so(\.\d+)*$/ };

function createOnnxNames(os: string): LibraryNames {
  const { shown, pattern } = ONNX_PATTERNS[os] ?? ONNX_LINUX;
  return { shown: [shown], matches: (name) => pattern.test(name), compare: compareVersions };
}

/** The highest version first; a file whose name says none last. */
function compareVersions(left: NamedFile, right: NamedFile): number {
  const [leftParts, rightParts] = [parseNumbers(left.realName), parseNumbers(right.realName)];
  for (let index = 0; index < Math.max(leftParts.length, rightParts.length); index++) {
    const difference = (rightParts[index] ?? -1) - (leftParts[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return left.name < right.name ? -1 : 1;
}

function parseNumbers(name: string): number[] {
  return (/(\.\d+)+/.exec(name)?.[0] ?? "").split(".").slice(1).map(Number);
}

/** "1.31.1" of `libonnxruntime.so.1.31.1`, "0.83.1" of `pjrt_c_api_cpu_v0.83.1_plugin.so`; a SONAME's number is no version. */
export function findNamedVersion(name: string): string | undefined {
  return /(?<=\.so\.|_v|onnxruntime\.)\d+\.\d+(\.\d+)+/.exec(name)?.[0];
}

/** What ONNX Runtime opens beside itself to use a GPU, in its order. Without the second it cannot. */
export function resolveCudaProviderNames({ os }: Platform): { shared: string; cuda: string } {
  const [shared, cuda] = ["onnxruntime_providers_shared", "onnxruntime_providers_cuda"];
  if (os === "win32") return { shared: `${shared}.dll`, cuda: `${cuda}.dll` };
  const ending = os === "darwin" ? "dylib" : "so";
  return { shared: `lib${shared}.${ending}`, cuda: `lib${cuda}.${ending}` };
}
