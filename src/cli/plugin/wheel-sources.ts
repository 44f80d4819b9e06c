// Where the wheels of an install come from: a folder that a person names, else the index and its mirrors. The addresses
// may hold credentials, which stay in what is made of them here.
import type { LoadedConfig } from "../../config/config.ts";
import { createFolderSource } from "../../plugins/download/folder-source.ts";
import { createIndexSource } from "../../plugins/download/index-source.ts";
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
  const opened = await Promise.all([first, ...others].map((setting) => openSetting(setting, options)));
  return opened.flat();
}

function findOrigin({ values }: LoadedConfig, key: string): string {
  return values[key]?.origin ?? key;
}

async function openSetting(setting: IndexSetting | undefined, options: WheelSourcesOptions): Promise<WheelSource[]> {
  if (setting?.value.startsWith("file:") === true) return [createFolderSource(new URL(setting.value))];
  const { loaded, environment, signal } = options;
  const resolved = resolveIndexUrl(environment, await readPipConfigs(environment), setting);
  const netrc = resolved.credentials === undefined ? await readNetrc(environment) : undefined;
  const credentials = resolved.credentials ?? findNetrcCredentials(netrc ?? "", resolved.indexUrl);
  // SSL_CERT_FILE is obeyed by the runtime itself, once for all connections.
  const caFile = environment["SSL_CERT_FILE"] ? undefined : environment["PIP_CERT"] || undefined;
  const client = createIndexClient({ ...resolved, credentials, caFile, offline: loaded.config.offline, signal });
  const index = createIndexSource(client);
  // An index ends in /simple/; anything else may be a plain folder of wheels too.
  const isIndex = setting === undefined || resolved.indexUrl.pathname.endsWith("/simple/");
  return isIndex ? [index] : [index, createFolderSource(resolved.indexUrl, client.http)];
}
