// Whether `termite serve` could listen where the configuration says: the address is bound for a moment, and if it is taken
// the one who holds it is asked whether it is termite. Nothing leaves this machine: only its own addresses can be taken.
import { createServer } from "node:net";
import * as v from "valibot";
import { findErrorCode, TermiteError } from "../../errors.ts";
import { fetchLocal } from "../../net/fetch-local.ts";
import { TARGETS } from "../../target.ts";
import type { Verdict } from "../finding.ts";

/** Both answers are a few hundred bytes. */
const LIMITS = { timeoutMs: 500, mostBytes: 64 * 1024 } as const;

const RETRY_MS = 300;
const SETTING = "Set TERMITE_API_URL (or --api-url) to";

/** `/readyz` of a termite in any state, with status 200 or 503. */
const ReadinessSchema = v.object({
  status: v.picklist(["ready", "loading", "draining", "failed"]),
  target: v.object({ actual: v.picklist(TARGETS) }),
});
const VersionSchema = v.object({ version: v.pipe(v.string(), v.maxLength(64)) });

export interface ListenFacts {
  /** As a person writes it: "http://127.0.0.1:11433". */
  address: string;
  state: "free" | "termite" | "taken" | "refused";
  /** Of the termite that answers. */
  version?: string;
  /** The system's word: "EACCES". */
  code?: string;
}

export interface ListenPlace {
  host: string;
  port: number;
}

export async function readListenAddress(address: string, { host, port }: ListenPlace): Promise<ListenFacts> {
  const code = await findBindFailure(host, port);
  if (code === undefined) return { address, state: "free" };
  if (code !== "EADDRINUSE") return { address, state: "refused", code };
  const version = await findVersion(host, port);
  if (version !== undefined) return { address, state: "termite", version };
  // Perhaps it was only another doctor, which holds it for a moment too.
  await Bun.sleep(RETRY_MS);
  return { address, state: (await findBindFailure(host, port)) === undefined ? "free" : "taken" };
}

export function resolveListenAddress({ address, state, version, code }: ListenFacts): Verdict {
  if (state === "free") return { status: "ok", found: `${address} is free` };
  if (state === "termite") return { status: "ok", found: `termite ${version} answers at ${address}` };
  if (state === "taken") {
    const found = `${address}: another program holds it`;
    return { status: "fail", found, needed: "an address that nobody else listens on", remedy: `${SETTING} another port` };
  }
  const found = `${address}: this user cannot listen there (${code})`;
  const needed = code === "EACCES" ? "a port above 1023, or the right to bind it" : "an address of this machine";
  return { status: "fail", found, needed, remedy: `${SETTING} such an address` };
}

function findBindFailure(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error) => resolve(findErrorCode(error) ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** `undefined` for any other program. Ollama answers `/api/version` too: what it does not have is termite's `/readyz`. */
async function findVersion(host: string, port: number): Promise<string | undefined> {
  const local = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const origin = `http://${local.includes(":") ? `[${local}]` : local}:${port}`;
  const readiness = await findAnswer(new URL("/readyz", origin), ReadinessSchema);
  return readiness === undefined ? undefined : (await findAnswer(new URL("/api/version", origin), VersionSchema))?.version;
}

async function findAnswer<T>(url: URL, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  try {
    const { text } = await fetchLocal(url, LIMITS);
    const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    return answer.success ? answer.output : undefined;
  } catch (error) {
    // Silent, closed, not HTTP, endless: whatever it is, it is not termite.
    if (error instanceof TermiteError) return undefined;
    throw error;
  }
}
