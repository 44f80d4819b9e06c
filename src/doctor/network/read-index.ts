// Which index the configuration and pip's settings name, asked only when termite may use the network.
import { TermiteError } from "../../errors.ts";
import { readPipConfigs } from "../../plugins/index/pip-config.ts";
import { resolveIndexUrl } from "../../plugins/index/resolve-index-url.ts";
import type { ResolvedIndex } from "../../plugins/index/resolve-index-url.ts";
import type { Examination } from "../examination.ts";
import { readIndex } from "./index-reach.ts";
import type { IndexFacts } from "./index-reach.ts";

type IndexLooks = Pick<Examination, "loaded" | "environment" | "signal">;

export async function readConfiguredIndex(examination: IndexLooks): Promise<IndexFacts> {
  if (examination.loaded.config.offline) return { kind: "skipped" };
  try {
    return await readIndex(await resolveConfigured(examination), examination.signal);
  } catch (failure) {
    if (failure instanceof TermiteError && failure.code === "invalid_config") return { kind: "failed", failure };
    throw failure;
  }
}

async function resolveConfigured({ loaded, environment }: IndexLooks): Promise<ResolvedIndex> {
  const value = loaded.config.indexUrl;
  const origin = loaded.values["plugins.index_url"]?.origin ?? "plugins.index_url";
  const configured = value === undefined ? undefined : { value, origin };
  return resolveIndexUrl(environment, await readPipConfigs(environment), configured);
}
