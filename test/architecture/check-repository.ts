// Checks over the repository's texts: the tree of AGENTS.md against src/, its list of packages, and registry hosts. Pure.
import { folderOf } from "./source-file.ts";

/** Written apart, so that this file does not hold them either. */
const REGISTRY_HOSTS = [["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["npmjs", "com"], ["maven", "org"]];

/**
 * The paths of an indented tree in a fenced block, relative to its first line (`src/`):
 *
 *     src/
 *       main.ts        entry
 *       cli/           people
 *         output.ts    the one writer
 */
export function parseTree(markdown: string, root: string): string[] {
  const block = markdown.split("```").find((part) => new RegExp(`^\\w*\\n${root}/`).test(part)) ?? "";
  const trail: string[] = [];
  return block.split("\n").flatMap((line) => {
    const match = /^((?: {2})*)([\w.-]+\/?)(?:\s|$)/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    trail.splice(match[1].length / 2, Infinity, match[2].replace(/\/$/, ""));
    return trail.length > 1 ? [trail.slice(1).join("/")] : [];
  });
}

/** Every file is in the tree, by itself or by a folder that lists none of its files; every line of the tree exists. */
export function checkTree(tree: readonly string[], paths: readonly string[]): string[] {
  const missing = paths.filter((path) => !tree.includes(path) && !isCoveredByFolder(path, tree));
  const stale = tree.filter((line) => !paths.some((path) => path === line || path.startsWith(`${line}/`)));
  return [
    ...missing.map((path) => `AGENTS.md does not mention src/${path} (${folderOf(path)})`),
    ...stale.map((line) => `AGENTS.md mentions src/${line}, which does not exist`),
  ];
}

function isCoveredByFolder(path: string, tree: readonly string[]): boolean {
  const folder = path.split("/").slice(0, -1).join("/");
  return folder !== "" && tree.includes(folder) && !tree.some((line) => line.startsWith(`${folder}/`));
}

export function checkPackages(markdown: string, packages: readonly string[]): string[] {
  return packages.filter((name) => !markdown.includes(`\`${name}\``)).map((name) => `AGENTS.md does not say why "${name}"`);
}

/** Lines that name a registry's host; `allowed` is the one file that holds the default index, on one line. */
export function checkHosts(texts: ReadonlyMap<string, string>, allowed: string): string[] {
  const hosts = REGISTRY_HOSTS.map((parts) => parts.join("."));
  const hits = [...texts].flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => (hosts.some((host) => line.includes(host)) ? [{ path, line: index + 1 }] : [])),
  );
  const elsewhere = hits.filter(({ path }) => path !== allowed).map(({ path, line }) => `${path}:${line} names a registry host`);
  const inside = hits.filter(({ path }) => path === allowed);
  return inside.length > 1 ? [...elsewhere, `${allowed} names a registry host on ${inside.length} lines`] : elsewhere;
}
