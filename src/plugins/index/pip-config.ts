// pip's configuration files: where they lie on Linux and macOS, and the one setting that is ours to honour.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findErrorCode, TermiteError } from "../../errors.ts";

export interface PipConfig {
  path: string;
  text: string;
}

/** Those that exist, the winning one first: PIP_CONFIG_FILE, the virtual environment's, the user's, the machine's. */
export async function readPipConfigs(env: Readonly<Record<string, string | undefined>>): Promise<PipConfig[]> {
  const configs = await Promise.all(resolvePipConfigPaths(env).map(readPipConfig));
  return configs.filter((config) => config !== undefined);
}

/** pip's documentation, "Configuration files": PIP_CONFIG_FILE=/dev/null switches all of them off. */
export function resolvePipConfigPaths(env: Readonly<Record<string, string | undefined>>): string[] {
  const { PIP_CONFIG_FILE: named, VIRTUAL_ENV: site, HOME: home, XDG_CONFIG_HOME: configHome } = env;
  if (named === "/dev/null") return [];
  const userFolder = configHome || (home ? join(home, ".config") : undefined);
  return [
    ...(named ? [named] : []),
    ...(site ? [join(site, "pip.conf")] : []),
    ...(userFolder ? [join(userFolder, "pip", "pip.conf")] : []),
    ...(home ? [join(home, ".pip", "pip.conf")] : []),
    "/etc/pip.conf",
  ];
}

/** Sample: `[global]`, then `index-url = https://host/simple` (also `index_url`, also with a colon). */
export function findPipIndexUrl(text: string): string | undefined {
  let section = "";
  let found: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1] ?? section;
    const [, value] = /^index[-_]url\s*[=:]\s*(\S.*?)\s*$/i.exec(line) ?? [];
    if (section === "global") found = value ?? found;
  }
  return found;
}

async function readPipConfig(path: string): Promise<PipConfig | undefined> {
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(findErrorCode(cause) ?? "")) return undefined;
    throw new TermiteError("invalid_config", `Cannot read the pip configuration "${path}": it cannot be opened`, {
      cause,
    });
  }
}
