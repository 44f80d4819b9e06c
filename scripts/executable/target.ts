// The platforms that the executable is built for, and what each is called: by us, by Bun, on disk.
import { parseArgs } from "node:util";
import type { PlatformName } from "./asset-lock.ts";

export interface Target {
  platform: PlatformName;
  /** `compile.target` of Bun.build. */
  bunTarget: "bun-linux-x64" | "bun-linux-arm64" | "bun-darwin-arm64" | "bun-windows-x64";
  /** Name in dist/ where another platform builds it. */
  fileName: string;
  /** Built on the platform that it runs on: with the Bun that builds, under the plain name. */
  isHost: boolean;
}

const FILE_NAMES: Readonly<Record<PlatformName, string>> = {
  "linux-x64": "termite-linux-x64",
  "linux-arm64": "termite-linux-arm64",
  "darwin-arm64": "termite-darwin-arm64",
  "windows-x64": "termite-windows-x64.exe",
};
const PLATFORMS: readonly PlatformName[] = ["linux-x64", "linux-arm64", "darwin-arm64", "windows-x64"];

/** "linux-x64", "windows-x64": `process.platform` with Windows by its name. */
export function formatPlatform(os: string, arch: string): string {
  return `${os === "win32" ? "windows" : os}-${arch}`;
}

/** The target of `build.ts [--target PLATFORM]`; the default is the platform it runs on. */
export function parseTarget(args: readonly string[], host: string): Target {
  const { target: name = host } = parseArgs({ args: [...args], options: { target: { type: "string" } } }).values;
  const platform = PLATFORMS.find((known) => known === name);
  if (platform === undefined) throw new Error(`Cannot build for "${name}": need one of "${PLATFORMS.join('", "')}"`);
  const isHost = platform === host;
  return { platform, bunTarget: `bun-${platform}`, fileName: isHost ? "termite" : FILE_NAMES[platform], isHost };
}
