// Which platform a library or program is for, read from its own header: nothing of another machine gets into a build.
import { readLibraryHeader } from "../../src/plugins/search/library-header.ts";
import type { LibraryHeader } from "../../src/plugins/search/library-header.ts";
import type { PlatformName } from "./asset-lock.ts";

/** Format and machine of what is built for. */
const PLATFORMS: Readonly<Record<string, PlatformName>> = {
  "ELF x86-64": "linux-x64",
  "ELF aarch64": "linux-arm64",
  "Mach-O aarch64": "darwin-arm64",
  "PE x86-64": "windows-x64",
};

/** `undefined`: none of the platforms that are built for. */
export function findPlatform(header: LibraryHeader | undefined): PlatformName | undefined {
  return header && PLATFORMS[`${header.format} ${header.machine}`];
}

/** Throws when the file is not for `platform`. */
export async function checkMachine(path: string, platform: PlatformName): Promise<void> {
  const found = findPlatform(readLibraryHeader(path));
  if (found !== platform) throw new Error(`Cannot build for "${platform}": "${path}" is for "${found ?? "another machine"}"`);
}
