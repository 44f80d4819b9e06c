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
  /** PEM file of the certificate authorities to trust instead of the system's. */
  caFile?: string | undefined;
}

export interface IndexClient {
  readonly indexUrl: URL;
  /** How files of this index are fetched: the same trust, credentials and patience. */
  readonly http: HttpOptions;
  /**
   * `project` in any spelling; `undefined` when the project has no file of that name. Throws `package_not_found`,
   * `index_unavailable`, `offline`.
   */
  findFile(project: string, fileName: string): Promise<IndexFile | undefined>;
  /** Every file of `project`, as the index orders them. Throws as `findFile` does. */
  listFiles(project: string): Promise<IndexFile[]>;
}

export function createIndexClient({ indexUrl, caFile, ...options }: IndexClientOptions): IndexClient {
  const http: HttpOptions = {
    ...options,
    certificateAuthority: caFile === undefined ? undefined : readAuthority(caFile),
  };
  const listFiles = async (project: string): Promise<IndexFile[]> => {
    return parseProject(await fetchProject(indexUrl, formatProjectName(project), http));
  };
  return {
    indexUrl,
    http,
    listFiles,
    findFile: async (project, fileName) => (await listFiles(project)).find((file) => file.fileName === fileName),
  };
}

async function fetchProject(indexUrl: URL, project: string, http: HttpOptions): Promise<FetchedText> {
  try {
    return await fetchText(new URL(`${encodeURIComponent(project)}/`, indexUrl), { ...http, accept: ACCEPT });
  } catch (error) {
    if (hasStatus(error, 404)) {
      const message = `Cannot find package "${project}": "${formatAddress(indexUrl)}" does not have it`;
      throw new TermiteError("package_not_found", message, { cause: error });
    }
    if (!(error instanceof TermiteError) || error.code !== "download_failed") throw error;
    const hint = error.hint ?? "Check the network, or name another index in PIP_INDEX_URL";
    throw new TermiteError("index_unavailable", error.message, { cause: error, hint });
  }
}

function parseProject({ url, contentType, text }: FetchedText): IndexFile[] {
  const parse = findParser(contentType);
  if (parse === undefined) throw createIndexError(url, `found content type "${contentType}"`);
  try {
    return parse(text, url);
  } catch (cause) {
    throw createIndexError(url, formatError(cause), cause);
  }
}

function findParser(contentType: string): ((text: string, page: URL) => IndexFile[]) | undefined {
  if (["application/vnd.pypi.simple.v1+json", "application/json"].includes(contentType)) return parseJsonIndex;
  if (["application/vnd.pypi.simple.v1+html", "text/html"].includes(contentType)) return parseHtmlIndex;
  return undefined;
}

function createIndexError(url: URL, found: string, cause?: unknown): TermiteError {
  return new TermiteError("index_unavailable", `Cannot read the index page "${formatAddress(url)}": ${found}`, {
    hint: "Name an index that speaks the simple API in PIP_INDEX_URL",
    cause,
  });
}

function readAuthority(caFile: string): string {
  try {
    return readFileSync(caFile, "utf8");
  } catch (cause) {
    throw new TermiteError("invalid_config", `Cannot read the certificate file "${caFile}": it cannot be opened`, {
      cause,
    });
  }
}
