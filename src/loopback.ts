// Whether an address is this machine itself, and its host as a socket takes it. Leaf: pure functions on URLs.
import { isIPv4 } from "node:net";

/** The host without the brackets of an IPv6 literal. */
export function resolveHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** 127.0.0.0/8, ::1 and localhost. The URL parser has already made "0x7f.1" and the like plain. */
export function isLoopback(url: URL): boolean {
  const host = resolveHost(url);
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
