// A project page in HTML (PEP 503): every <a href> is a file, its hash stands in the fragment, there are no sizes.
import { parseSha256 } from "./index-file.ts";
import type { IndexFile } from "./index-file.ts";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

interface Anchor {
  href: string;
  yanked: boolean;
  requiresPython: string | undefined;
}

/** Sample: `<a href="../demo.whl#sha256=…" data-requires-python="&gt;=3.8" data-yanked="broken">demo.whl</a>`. */
export function parseHtmlIndex(text: string, page: URL): IndexFile[] {
  const anchors: Anchor[] = [];
  let base = page;
  new HTMLRewriter()
    .on("base[href]", {
      element: (element) => void (base = URL.parse(readText(element, "href") ?? "", page.href) ?? page),
    })
    .on("a[href]", { element: (element) => void anchors.push(readAnchor(element)) })
    .transform(text);
  return anchors.flatMap((anchor) => parseAnchor(anchor, base));
}

function readAnchor(element: HTMLRewriterTypes.Element): Anchor {
  return {
    href: readText(element, "href") ?? "",
    yanked: element.hasAttribute("data-yanked"),
    requiresPython: readText(element, "data-requires-python"),
  };
}

function parseAnchor({ href, yanked, requiresPython }: Anchor, base: URL): IndexFile[] {
  const url = URL.parse(href, base.href);
  const fileName = url === null ? undefined : findFileName(url);
  if (url === null || fileName === undefined) return [];
  const [, hash] = /^#sha256=(.*)$/.exec(url.hash) ?? [];
  url.hash = "";
  return [{ fileName, url, sha256: parseSha256(hash), sizeBytes: undefined, yanked, requiresPython }];
}

/** The last part of the path, decoded. A link to a folder has none. */
function findFileName(url: URL): string | undefined {
  const part = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  try {
    return part === "" ? undefined : decodeURIComponent(part);
  } catch {
    // Not percent-encoded after all: the name is what it says.
    return part;
  }
}

/** An attribute with its character references (`&gt;`, `&#39;`, `&#x27;`) resolved: HTMLRewriter leaves them. */
function readText(element: HTMLRewriterTypes.Element, attribute: string): string | undefined {
  return element
    .getAttribute(attribute)
    ?.replace(/&(?:#x([0-9a-f]{1,5})|#(\d{1,6})|([a-z]+));/gi, (all, hex, decimal, name) => {
      if (name !== undefined) return ENTITIES[name] ?? all;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    });
}
