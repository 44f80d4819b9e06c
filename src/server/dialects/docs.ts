// `GET /docs`: the OpenAPI document for people, as one page that needs nothing else.
import { createHash } from "node:crypto";
import { describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { createOnce } from "../once.ts";
import type { Route, ServerContext } from "../route.ts";
import { DocsAnswer } from "../schemas/operations.ts";
import { createDocument } from "./operations.ts";

interface Docs {
  /** The page for a server at this address. */
  format(origin: string): string;
  /** Permits its one style and nothing else. */
  policy: string;
}

/** `routes` is every route of the app; it is read at the first request. */
export function createDocsRoutes(deps: ServerDeps, routes: () => readonly Route[]): Route[] {
  const readDocs = createOnce(() => createDocs(deps, routes()));
  return [
    {
      method: "GET",
      path: "/docs",
      doc: {
        summary: "This document for people",
        answers: describeAnswers("native", { ...DocsAnswer, description: "A page without a script", mediaType: "text/html" }, []),
      },
      handle: async (c) => answerPage(c, await readDocs()),
    },
  ];
}

/** The page is only made here: most servers are never asked. */
async function createDocs(deps: ServerDeps, routes: readonly Route[]): Promise<Docs> {
  const [{ ORIGIN_MARK, formatDocsPage }, { STYLE }] = await Promise.all([import("../docs/page.ts"), import("../docs/style.ts")]);
  const page = await formatDocsPage(await createDocument(deps, routes));
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return {
    format: (origin) => page.replaceAll(ORIGIN_MARK, () => Bun.escapeHTML(origin)),
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function answerPage(c: ServerContext, { format, policy }: Docs): Response {
  const text = format(findOrigin(c.req.url));
  c.set("answerBytes", Buffer.byteLength(text));
  return c.body(text, 200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
}

/** As the client wrote it in `Host`; empty without one. */
function findOrigin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
