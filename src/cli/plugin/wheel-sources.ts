// Where the wheels of an install come from: a folder that a person names, else the index and its mirrors. The addresses
// may hold credentials, which stay in what is made of them here.
import { accessSync, constants } from "node:fs";
import type { LoadedConfig } from "../../config/config.ts";
import { findErrorCode, TermiteError } from "../../errors.ts";
import { createFolderSource } from "../../plugins/download/folder-source.ts";
import { createIndexSource } from "../../plugins/download/index-source.ts";
import { createMirrorSource } from "../../plugins/download/mirror-source.ts";
import type { WheelSource } from "../../plugins/download/wheel-source.ts";
import { createIndexClient } from "../../plugins/index/index-client.ts";
import { findNetrcCredentials, readNetrc } from "../../plugins/index/netrc.ts";
import { readPipConfigs } from "../../plugins/index/pip-config.ts";
import { resolveIndexUrl } from "../../plugins/index/resolve-index-url.ts";
import type { IndexSetting } from "../../plugins/index/resolve-index-url.ts";

export interface WheelSourcesOptions {
  loaded: LoadedConfig;
  environment: Readonly<Record<string, string>>;
  /** Of `--from`: a folder of wheels. */
  folder?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** In the order in which they are tried. With `folder` there is no other, and no network is needed. */
export async function openWheelSources(options: WheelSourcesOptions): Promise<WheelSource[]> {
  const { loaded, folder } = options;
  if (folder !== undefined) return [createFolderSource(folder)];
  const { indexUrl, mirrors } = loaded.config;
  const first = indexUrl === undefined ? undefined : { value: indexUrl, origin: findOrigin(loaded, "plugins.index_url") };
  const others = mirrors.map((value) => ({ value, origin: findOrigin(loaded, "plugins.mirrors") }));
  return Promise.all([first, ...others].map((setting) => openSetting(setting, options)));
}

function findOrigin({ values }: LoadedConfig, key: string): string {
  return values[key]?.origin ?? key;
}

async function openSetting(setting: IndexSetting | undefined, options: WheelSourcesOptions): Promise<WheelSource> {
  if (setting?.value.startsWith("file:") === true) return createFolderSource(new URL(setting.value));
  const { loaded, environment, signal } = options;
  const resolved = resolveIndexUrl(environment, await readPipConfigs(environment), setting);
  checkTrust(resolved.indexUrl, environment["SSL_CERT_FILE"]);
  const netrc = resolved.credentials === undefined ? await readNetrc(environment) : undefined;
  const credentials = resolved.credentials ?? findNetrcCredentials(netrc ?? "", resolved.indexUrl);
  // SSL_CERT_FILE is obeyed by the runtime itself, once for all connections.
  const caFile = environment["SSL_CERT_FILE"] ? undefined : environment["PIP_CERT"] || undefined;
  const client = createIndexClient({ ...resolved, credentials, caFile, offline: loaded.config.offline, signal });
  const index = createIndexSource(client);
  // An index ends in /simple/; anything else may be a plain folder of wheels too.
  const isIndex = setting === undefined || resolved.indexUrl.pathname.endsWith("/simple/");
  return isIndex ? index : createMirrorSource(index, createFolderSource(resolved.indexUrl, client.http));
}

/** The runtime takes no notice of a file that is not there, and then trusts nobody. */
function checkTrust({ protocol }: URL, path: string | undefined): void {
  if (protocol !== "https:" || !path || isReadable(path)) return;
  const message = `Cannot use the certificates of SSL_CERT_FILE: "${path}" cannot be read`;
  throw new TermiteError("invalid_config", message, { hint: "unset SSL_CERT_FILE, or let it name a PEM file that this user can read" });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    // Whatever the reason: the runtime cannot read it either.
    if (findErrorCode(error) !== undefined) return false;
    throw error;
  }
}
