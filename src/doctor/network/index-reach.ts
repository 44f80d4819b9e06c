// Whether the package index that plugins come from answers. Asked for one small project page, never for its root.
import { formatError, TermiteError } from "../../errors.ts";
import { formatAddress } from "../../net/address.ts";
import { createIndexClient } from "../../plugins/index/index-client.ts";
import type { ResolvedIndex } from "../../plugins/index/resolve-index-url.ts";
import type { Verdict } from "../finding.ts";

const PATIENCE_MS = 5_000;
/** A plugin's wheel with few files: a short page. */
const PROJECT = "jax-cuda13-pjrt";

export type IndexFacts =
  | { kind: "skipped" }
  | { kind: "answered"; index: ResolvedIndex; hasProject: boolean }
  | { kind: "failed"; index?: ResolvedIndex; failure: unknown };

export async function readIndex(index: ResolvedIndex, signal?: AbortSignal): Promise<IndexFacts> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const client = createIndexClient({
    indexUrl: index.indexUrl,
    credentials: index.credentials,
    origin: index.origin,
    signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
    retries: 0,
  });
  try {
    await client.findFile(PROJECT, "");
    return { kind: "answered", index, hasProject: true };
  } catch (failure) {
    signal?.throwIfAborted();
    const isWithout = failure instanceof TermiteError && failure.code === "package_not_found";
    if (isWithout) return { kind: "answered", index, hasProject: false };
    const silence = new Error(`no answer within ${PATIENCE_MS / 1000} s`);
    return { kind: "failed", index, failure: patience.aborted ? silence : failure };
  }
}

export function resolveIndex(facts: IndexFacts): Verdict {
  if (facts.kind === "skipped") return { status: "ok", found: "skipped (--offline)" };
  if (facts.kind === "failed") return createWarning(facts);
  const { index, hasProject } = facts;
  const page = hasProject ? "" : `; it has no "${PROJECT}"`;
  return { status: "ok", found: `${formatAddress(index.indexUrl)} (${index.origin}) answers${page}` };
}

function createWarning({ index, failure }: Extract<IndexFacts, { kind: "failed" }>): Verdict {
  const where = index === undefined ? "" : `${formatAddress(index.indexUrl)} (${index.origin}): `;
  return {
    status: "warn",
    found: `${where}${formatError(failure)}`,
    needed: "an index that answers, for installing plugins",
    remedy: "Check the network and the proxy variables, or name another index in plugins.index_url or PIP_INDEX_URL",
  };
}
