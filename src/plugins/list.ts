// The rows of `termite plugin list`: what is inside this build, and what is known of the others on this platform.
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";

/** One element of `plugin list --json`. */
export interface PluginRow {
  name: Target;
  status: "bundled" | "installed" | "outdated" | "available" | "unsupported";
  version?: string;
  availableVersion?: string;
  /** Always there with `unsupported`. */
  reason?: string;
  path?: string;
  sizeBytes?: number;
  downloadBytes?: number;
}

/** `process.platform`, `process.arch`, and the C library where there is a choice. */
export interface Platform {
  os: string;
  arch: string;
  libc?: "glibc" | "musl" | undefined;
}

export interface ListPluginsOptions {
  platform: Platform;
  /** ONNX Runtime's own version ("1.30.0"), as the engine inside this build says it. */
  onnxVersion: string;
}

const ARCHITECTURES: Readonly<Record<Exclude<Target, "onnx:cpu" | "xla:cpu">, readonly string[]>> = {
  "onnx:cuda": ["x64", "arm64"],
  "xla:cuda": ["x64", "arm64"],
  "xla:tpu": ["x64"],
};

/** In the order of preference of the targets. */
export function listPlugins({ platform, onnxVersion }: ListPluginsOptions): PluginRow[] {
  return TARGETS.map((name) => {
    if (name === "onnx:cpu") return { name, status: "bundled", version: onnxVersion };
    return { name, status: "unsupported", reason: resolveReason(name, platform) };
  });
}

function resolveReason(name: Exclude<Target, "onnx:cpu">, platform: Platform): string {
  if (name === "xla:cpu") return "not inside this build";
  const exists = platform.os === "linux" && platform.libc !== "musl" && ARCHITECTURES[name].includes(platform.arch);
  return exists ? "this build cannot install plugins" : `there is no such library for ${formatPlatform(platform)}`;
}

function formatPlatform({ os, arch, libc }: Platform): string {
  return `${os}-${arch}${libc === "musl" ? " with musl" : ""}`;
}
