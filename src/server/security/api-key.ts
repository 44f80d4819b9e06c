// Keys of those who may ask. The keys themselves are never kept: what is compared are hashes.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Task } from "../../models/manifest.ts";

export interface ApiKey {
  /** For the access log. */
  name: string;
  /** Of the key's bytes: 64 lower-case hexadecimal digits. */
  sha256: string;
  /** What it may be used for; absent: everything. */
  tasks?: readonly Task[];
  /** Which models, as written in the configuration: aliases too; absent: all. */
  models?: readonly string[];
}

const SCHEME = /^bearer +(\S+) *$/i;

/** The key of an `Authorization` header as every official client sends it: "Bearer KEY". */
export function parseBearer(header: string | undefined): string | undefined {
  return SCHEME.exec(header ?? "")?.[1];
}

/** Finds which of the keys is presented, in the same time for a right key and a wrong one, wherever it stands in the list. */
export function createApiKeyFinder(keys: readonly ApiKey[]): (presented: string) => ApiKey | undefined {
  const hashed = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, "hex") }));
  return (presented) => {
    // A header's text is Latin-1: so these are the bytes that were sent.
    const digest = createHash("sha256").update(presented, "latin1").digest();
    let found: ApiKey | undefined;
    for (const known of hashed) if (timingSafeEqual(digest, known.digest)) found = known.key;
    return found;
  };
}

/** Whether it may be used for some things only. */
export function isScoped({ tasks, models }: ApiKey): boolean {
  return tasks !== undefined || models !== undefined;
}
