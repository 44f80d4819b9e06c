// A package index on loopback with one project, "demo-pkg", in JSON or HTML, whose files can misbehave.
import { createHash } from "node:crypto";
import { createIndexClient } from "../../../src/plugins/index/index-client.ts";
import type { IndexClient, IndexClientOptions } from "../../../src/plugins/index/index-client.ts";
import { answerRange, serveLoopback } from "../../net/serve-loopback.ts";
import type { LoopbackServer } from "../../net/serve-loopback.ts";

export interface ServeIndexOptions {
  wheel: Buffer;
  fileName: string;
  format: "json" | "html";
  /** What the index says instead of the truth. */
  says?: { sha256?: string; sizeBytes?: number };
  /** Instead of a static server with ranges; `count` is 1 for the first request of the file. */
  answerFile?: (request: Request, count: number) => Response | Promise<Response>;
}

export interface IndexServer extends LoopbackServer {
  createClient(options?: Partial<IndexClientOptions>): IndexClient;
  /** Ranges that were asked of the file; `null` for the whole file. */
  ranges(): (string | null)[];
}

export function serveIndex(options: ServeIndexOptions): IndexServer {
  const { wheel, fileName, answerFile = (request) => answerRange(request, wheel) } = options;
  let fileCount = 0;
  const server = serveLoopback((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/simple/demo-pkg/")
      return options.format === "json" ? createJsonPage(options) : createHtmlPage(options);
    if (pathname === `/files/${fileName}`) return answerFile(request, (fileCount += 1));
    return new Response("not found", { status: 404 });
  });
  return {
    ...server,
    createClient: (extra) =>
      createIndexClient({ indexUrl: new URL("/simple/", server.url), retryDelayMs: 1, ...extra }),
    ranges: () =>
      server.requests.filter(({ path }) => path.startsWith("/files/")).map(({ headers }) => headers.get("range")),
  };
}

export function formatSha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

function createJsonPage({ wheel, fileName, says }: ServeIndexOptions): Response {
  const file = {
    filename: fileName,
    url: `../../files/${fileName}`,
    hashes: { sha256: says?.sha256 ?? formatSha256(wheel) },
    size: says?.sizeBytes ?? wheel.length,
    "requires-python": ">=3.8",
    yanked: false,
  };
  const headers = { "content-type": "application/vnd.pypi.simple.v1+json" };
  return new Response(JSON.stringify({ meta: { "api-version": "1.1" }, name: "demo-pkg", files: [file] }), { headers });
}

function createHtmlPage({ wheel, fileName, says }: ServeIndexOptions): Response {
  const href = `../../files/${fileName}#sha256=${says?.sha256 ?? formatSha256(wheel)}`;
  const page = `<!DOCTYPE html><html><body><a href="${href}" data-requires-python="&gt;=3.8">${fileName}</a></body></html>`;
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}
