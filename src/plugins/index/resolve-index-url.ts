// Which package index is asked: what termite's configuration says, else pip's and uv's own settings, so that a machine
// behind a mirror needs no new ones.
// The environment and the texts of the files are handed in; see `pip-config.ts` for where those files lie.
import { TermiteError } from "../../errors.ts";
import { parseAddress } from "../../net/address.ts";
import type { Credentials } from "../../net/http-options.ts";
import { findPipIndexUrl } from "./pip-config.ts";
import type { PipConfig } from "./pip-config.ts";

/** The one place in the product that names a package index. */
export const DEFAULT_INDEX_URL = "https://pypi.org/simple/";

export interface ResolvedIndex {
  /** Ends in "/", holds no credentials. */
  indexUrl: URL;
  credentials: Credentials | undefined;
  /** What said so: the flag, the variable's name, the file's path, or "default". */
  origin: string;
}

/** Where an address comes from: `plugins.index_url` of the configuration with its origin. */
export interface IndexSetting {
  value: string;
  origin: string;
}

/** `configured` wins, then `env`, then `pipConfigs` in their order. Throws `invalid_config` without the value: it may hold a password. */
export function resolveIndexUrl(
  env: Readonly<Record<string, string | undefined>>,
  pipConfigs: readonly PipConfig[],
  configured?: IndexSetting,
): ResolvedIndex {
  const { value, origin } = configured ?? findSetting(env, pipConfigs) ?? { value: DEFAULT_INDEX_URL, origin: "default" };
  const address = parseAddress(value);
  if (address === undefined) {
    throw new TermiteError(
      "invalid_config",
      `Cannot use the package index of "${origin}": it is not an https address`,
      {
        hint: `Write it as "https://host/simple/"`,
      },
    );
  }
  const { url: indexUrl, credentials } = address;
  if (!indexUrl.pathname.endsWith("/")) indexUrl.pathname += "/";
  return { indexUrl, credentials, origin };
}

function findSetting(
  env: Readonly<Record<string, string | undefined>>,
  pipConfigs: readonly PipConfig[],
): IndexSetting | undefined {
  for (const origin of ["PIP_INDEX_URL", "UV_DEFAULT_INDEX"]) {
    const value = env[origin]?.trim();
    if (value !== undefined && value !== "") return { value, origin };
  }
  for (const { path, text } of pipConfigs) {
    const value = findPipIndexUrl(text);
    if (value !== undefined) return { value, origin: path };
  }
  return undefined;
}
