// API keys for tests: each called as the key itself.
import { createHash } from "node:crypto";
import type { ApiKey } from "../../../src/server/security/api-key.ts";

export function createKey(key: string, scope: Pick<ApiKey, "tasks" | "models"> = {}): ApiKey {
  return { name: key, sha256: createHash("sha256").update(key).digest("hex"), ...scope };
}

export function createBearer(key: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${key}` } };
}
