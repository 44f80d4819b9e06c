// A client of a package index that speaks the simple API: JSON (PEP 691) where it can be had, HTML (PEP 503) elsewhere.
import { readFileSync } from "node:fs";
import { formatError, TermiteError } from "../../errors.ts";
import { formatAddress } from "../../net/address.ts";
import { hasStatus } from "../../net/download-error.ts";
import { fetchText } from "../../net/fetch-text.ts";
import type { FetchedText } from "../../net/fetch-text.ts";
import type { Credentials, HttpOptions } from "../../net/http-options.ts";
import { formatProjectName } from "./index-file.ts";
import type { IndexFile } from "./index-file.ts";
import { parseHtmlIndex } from "./parse-html-index.ts";
import { parseJsonIndex } from "./parse-json-index.ts";

const ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

export interface IndexClientOptions extends Omit<HttpOptions, "certificateAuthority"> {
  /** Ends in "/", without credentials: what `resolveIndexUrl` returns. */
  indexUrl: URL;
  credentials?: Credentials | undefined;
  /** What named the index: of `resolveIndexUrl`; "default" where it is left out. */
  origin?: string | undefined;
  /** PEM file of the certificate authorities to trust instead of the system's. */
  caFile?: string | undefined;
}

export type FindOptions = Pick<HttpOptions, "hasAlternative">;

export interface IndexClient {
  readonly indexUrl: URL;
  /** Where another index would be named, in words for a hint. */
  readonly setting: string;
  /** How files of this index are fetched: the same trust, credentials and patience. */
  readonly http: HttpOptions;
  /**
   * `project` in any spelling; `undefined` when the project has no file of that name. Throws `package_not_found`,
   * `index_unavailable`, `offline`.
   */
  findFile(project: string, fileName: string, options?: FindOptions): Promise<IndexFile | undefined>;
  /** Every file of `project`, as the index orders them. Throws as `findFile` does. */
  listFiles(project: string, options?: FindOptions): Promise<IndexFile[]>;
}

export function createIndexClient({ indexUrl, caFile, origin = "default", ...options }: IndexClientOptions): IndexClient {
  const setting = formatSetting(origin);
  const http: HttpOptions = {
    ...options,
    certificateAuthority: caFile === undefined ? undefined : readAuthority(caFile),
  };
  const listFiles: IndexClient["listFiles"] = async (project, find) => {
    const address = { indexUrl, setting, project: formatProjectName(project) };
    return parseProject(await fetchProject(address, { ...http, ...find }), setting);
  };
  return {
    indexUrl,
    setting,
    http,
    listFiles,
    findFile: async (project, fileName, find) => (await listFiles(project, find)).find((file) => file.fileName === fileName),
  };
}

/** Files are quoted; flags and variables stand for themselves. */
function formatSetting(origin: string): string {
  if (origin === "default") return "plugins.index_url or PIP_INDEX_URL";
  return /[/\\]/.test(origin) ? `"${origin}"` : origin;
}

interface ProjectAddress {
  indexUrl: URL;
  setting: string;
  /** Its normal form. */
  project: string;
}

async function fetchProject({ indexUrl, setting, project }: ProjectAddress, http: HttpOptions): Promise<FetchedText> {
  try {
    return await fetchText(new URL(`${encodeURIComponent(project)}/`, indexUrl), { ...http, accept: ACCEPT });
  } catch (error) {
    if (hasStatus(error, 404)) {
      const message = `Cannot find package "${project}": "${formatAddress(indexUrl)}" does not have it`;
      const hint = `Check the address in ${setting}; an index often ends in "/simple/"`;
      throw new TermiteError("package_not_found", message, { hint, cause: error });
    }
    if (!(error instanceof TermiteError) || error.code !== "download_failed") throw error;
    const hint = error.hint ?? `Check the network, or name another index in ${setting}`;
    throw new TermiteError("index_unavailable", error.message, { cause: error, hint, details: error.details });
  }
}

function parseProject({ url, contentType, text }: FetchedText, setting: string): IndexFile[] {
  const fail = (found: string, cause?: unknown): TermiteError => createIndexError(url, found, { setting, cause });
  const parse = findParser(contentType);
  if (parse === undefined) throw fail(`found content type "${contentType}"`);
  // A page of HTML would have no link in it, and so no file.
  if (parse === parseHtmlIndex && isJson(text)) throw fail(`found JSON of content type "${contentType}"`);
  try {
    return parse(text, url);
  } catch (cause) {
    throw fail(formatError(cause), cause);
  }
}

function isJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

function findParser(contentType: string): ((text: string, page: URL) => IndexFile[]) | undefined {
  if (["application/vnd.pypi.simple.v1+json", "application/json"].includes(contentType)) return parseJsonIndex;
  if (["application/vnd.pypi.simple.v1+html", "text/html"].includes(contentType)) return parseHtmlIndex;
  return undefined;
}

function createIndexError(url: URL, found: string, { setting, cause }: { setting: string; cause: unknown }): TermiteError {
  return new TermiteError("index_unavailable", `Cannot read the index page "${formatAddress(url)}": ${found}`, {
    hint: `Name an index that speaks the simple API in ${setting}`,
    cause,
  });
}

function readAuthority(caFile: string): string {
  try {
    return readFileSync(caFile, "utf8");
  } catch (cause) {
    throw new TermiteError("invalid_config", `Cannot read the certificate file "${caFile}": it cannot be opened`, {
      hint: "Name a PEM file that this user can read, or leave the setting out",
      cause,
    });
  }
}
