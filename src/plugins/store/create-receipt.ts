// The receipt of a version, from the lock that it is installed by.
import { createHash } from "node:crypto";
import { isRecord } from "../../is-record.ts";
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginFile, PluginLock } from "../catalog/lock.ts";
import { TermiteError } from "../../errors.ts";
import type { Receipt } from "../search/receipt.ts";

export interface ReceiptFacts {
  /** The build of termite that installs: "0.1.0 (3fa2…)". */
  build: string;
  /** Where the wheels came from; shown without user name, password and query. */
  index?: string | undefined;
  /** Now, where it is left out. */
  installedAt?: Date | undefined;
}

/** `replaces`: the version's folder that counted until now. */
export function createReceipt(lock: PluginLock, facts: ReceiptFacts, replaces: string | undefined): Receipt {
  const { plugin, version, variant, platform, library, wheels } = lock;
  return {
    plugin,
    version,
    variant,
    platform,
    library,
    installedAt: (facts.installedAt ?? new Date()).toISOString(),
    build: facts.build,
    ...(facts.index !== undefined && { index: formatPublicAddress(facts.index) }),
    lockSha256: formatLockDigest(lock),
    ...(replaces !== undefined && { replaces }),
    wheels: wheels.map(({ name, version, file, sha256, licence }) => ({ name, version, file, sha256, licence })),
    files: [...listTreeFiles(lock)].map(([path, { sizeBytes, sha256, mode }]) => ({ path, sizeBytes, sha256, mode })),
  };
}

/** Every file of the tree by its path in it, sorted. Wheels that bring one path must agree on it. */
export function listTreeFiles(lock: PluginLock): Map<string, PluginFile> {
  const files = new Map<string, PluginFile>();
  for (const file of lock.wheels.flatMap((wheel) => wheel.files)) {
    const path = formatTreePath(file);
    const known = files.get(path);
    if (known !== undefined && (known.sha256 !== file.sha256 || known.mode !== file.mode)) {
      const message = `Cannot install "${lock.plugin}": two files of its lock are "${path}"`;
      throw new TermiteError("invalid_plugin_lock", message, { hint: "Use a lock that bun run plugins:lock made" });
    }
    files.set(path, file);
  }
  return new Map([...files].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The sha256 of the lock as JSON with sorted keys, so that only what it says counts. */
export function formatLockDigest(lock: PluginLock): string {
  const text = JSON.stringify(lock, (_key, value: unknown) => (isRecord(value) ? sortKeys(value) : value));
  return createHash("sha256").update(text).digest("hex");
}

function sortKeys(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** "https://user:secret@host/simple/?token=1" to "https://host/simple/"; a plain path stays what it is. */
function formatPublicAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  return url.protocol === "file:" ? url.pathname : `${url.protocol}//${url.host}${url.pathname}`;
}
