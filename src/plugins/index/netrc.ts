// `.netrc`: user names and passwords by host, as pip and curl read them. What an address says itself counts before it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findErrorCode, TermiteError } from "../../errors.ts";
import type { Credentials } from "../../net/http-options.ts";

/** The file's text; `undefined` where there is none. `NETRC` names another file than `~/.netrc`. */
export async function readNetrc(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const path = env["NETRC"] || (env["HOME"] ? join(env["HOME"], ".netrc") : undefined);
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(findErrorCode(cause) ?? "")) return undefined;
    throw new TermiteError("invalid_config", `Cannot read the netrc file "${path}": it cannot be opened`, { cause });
  }
}

/** Of the host alone, whatever the port; "default" counts where no machine does. Both a login and a password are needed. */
export function findNetrcCredentials(text: string, url: URL): Credentials | undefined {
  const entries = parseNetrc(text);
  const find = (host: string | undefined) => entries.find(({ machine }) => machine === host);
  const found = find(url.hostname) ?? find(undefined);
  if (found?.login === undefined || found.password === undefined) return undefined;
  const pair = Buffer.from(`${found.login}:${found.password}`, "utf8").toString("base64");
  return { origin: url.origin, authorization: `Basic ${pair}` };
}

interface NetrcEntry {
  /** Absent in "default". */
  machine?: string;
  login?: string;
  password?: string;
}

/** Samples: `machine host login me password secret`; `default login anonymous`; a `macdef` ends at an empty line. */
function parseNetrc(text: string): NetrcEntry[] {
  const entries: NetrcEntry[] = [];
  const words = listWords(text.replaceAll(/^[ \t]*macdef[^\n]*\n(?:[^\n]+\n?)*/gm, ""));
  for (let i = 0; i < words.length; i++) {
    const [word, value] = [words[i], words[i + 1]];
    if (word === "default") entries.push({});
    if (value === undefined || !["machine", "login", "password", "account"].includes(word ?? "")) continue;
    i++;
    if (word === "machine") entries.push({ machine: value });
    else Object.assign(entries.at(-1) ?? {}, { [word ?? ""]: value });
  }
  return entries;
}

/** Separated by blanks; a `#` at the beginning of a word begins a comment unless a value is due; quotes hold blanks. */
function listWords(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain = ""]) => {
      return quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
    });
    const comment = words.findIndex((word, index) => word.startsWith("#") && words[index - 1] !== "password");
    return comment === -1 ? words : words.slice(0, comment);
  });
}
