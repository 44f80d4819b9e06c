// Whether `termite serve` could listen where the configuration says: the address is bound for a moment, and if it is taken
// the one who holds it is asked for its version. Nothing leaves this machine: only its own addresses can be taken.
import { createServer } from "node:net";
import { findErrorCode } from "../../errors.ts";
import type { Verdict } from "../finding.ts";

const PATIENCE_MS = 500;

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
  return version === undefined ? { address, state: "taken" } : { address, state: "termite", version };
}

export function resolveListenAddress({ address, state, version, code }: ListenFacts): Verdict {
  if (state === "free") return { status: "ok", found: `${address} is free` };
  if (state === "termite") return { status: "ok", found: `termite ${version} answers at ${address}` };
  const found = state === "taken" ? "another program holds it" : `this user cannot listen there (${code})`;
  return {
    status: "warn",
    found: `${address}: ${found}`,
    needed: "an address that nobody else listens on",
    remedy: "Set TERMITE_API_URL (or --api-url) to another port of this machine",
  };
}

function findBindFailure(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error) => resolve(findErrorCode(error) ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** Anything but a small JSON object with a version is another program. */
async function findVersion(host: string, port: number): Promise<string | undefined> {
  const local = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const url = `http://${local.includes(":") ? `[${local}]` : local}:${port}/api/version`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error", proxy: "" });
    return parseVersion(await response.json());
  } catch {
    // Silent, closed, not HTTP, not JSON: whatever it is, it is not termite.
    return undefined;
  }
}

function parseVersion(answer: unknown): string | undefined {
  const isObject = typeof answer === "object" && answer !== null;
  return isObject && "version" in answer && typeof answer.version === "string" ? answer.version : undefined;
}
