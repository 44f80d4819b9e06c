// Addresses: which ones may be asked (https, or plain http to this machine), and how they are shown without secrets.
import { TermiteError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import type { Credentials } from "./http-options.ts";

export interface SplitAddress {
  /** Without user name, password and fragment. */
  url: URL;
  credentials: Credentials | undefined;
}

/** Origin and path only: user name, password, query and fragment can be secrets and never reach a message. */
export function formatAddress(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Takes `https://user:password@host/` apart; `undefined` where the text is not an http or https address. */
export function parseAddress(text: string): SplitAddress | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  const credentials = findCredentials(url);
  url.username = "";
  url.password = "";
  url.hash = "";
  return { url, credentials };
}

/** Throws `offline` or `download_failed` for an address that must not be asked. */
export function checkAddress(url: URL, offline: boolean | undefined): void {
  if (offline === true) {
    throw new TermiteError("offline", `Cannot fetch "${formatAddress(url)}": termite is offline`, {
      hint: "Leave out --offline and TERMITE_OFFLINE",
    });
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return;
  const message = `Cannot fetch "${formatAddress(url)}": found "${url.protocol}", need https`;
  throw new TermiteError("download_failed", message, {
    hint: "Use an https address; plain http is for this machine only",
  });
}

/** RFC 7617: the user name and password as UTF-8, joined by a colon, in base64. */
function findCredentials(url: URL): Credentials | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${formatPart(url.username)}:${formatPart(url.password)}`;
  return { origin: url.origin, authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
}

function formatPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone "%" in a password that nobody encoded: URL keeps it as it is, and so do we.
    return part;
  }
}
