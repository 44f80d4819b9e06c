// Which file is the configuration: the one that was named, else `termite.yaml` here, else in the home.
import { stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import type { FileSource } from "./file-layer.ts";
import { resolvePath } from "./paths.ts";
import type { ConfigProblem } from "./problem.ts";

export interface FileSearch {
  /** The value of `--config`. */
  named: string | undefined;
  cwd: string;
  home: string;
  userHome: string;
}

export type FoundFile =
  | { kind: "file"; source: FileSource }
  | { kind: "none" }
  | { kind: "problem"; problem: ConfigProblem };

const NAMES = ["termite.yaml", "termite.yml"];

/** Whether the file can be read is not asked here; that it is there, one, and YAML by its name is. */
export async function findConfigFile(search: FileSearch): Promise<FoundFile> {
  if (search.named !== undefined) return checkNamedFile(search.named, search);
  const here = await findInFolder(search.cwd, (name) => name);
  return here.kind === "none" ? findInFolder(search.home, (name) => join(search.home, name)) : here;
}

export function hasYamlSuffix(path: string): boolean {
  return /[^/]\.ya?ml$/.test(path);
}

function checkNamedFile(named: string, search: FileSearch): FoundFile {
  if (hasYamlSuffix(named)) {
    return { kind: "file", source: createSource(resolvePath(named, search.cwd, search.userHome), named) };
  }
  const suffix = extname(named);
  const found = suffix === "" ? "no suffix" : `the suffix "${suffix}"`;
  const where = named === "" ? "--config" : named;
  return { kind: "problem", problem: { where, found, expected: '".yaml" or ".yml"' } };
}

async function findInFolder(folder: string, show: (name: string) => string): Promise<FoundFile> {
  const present: string[] = [];
  for (const name of NAMES) if (await exists(join(folder, name))) present.push(name);
  const [name] = present;
  if (name === undefined) return { kind: "none" };
  if (present.length === 1) return { kind: "file", source: createSource(join(folder, name), show(name)) };
  const message = `found "${show("termite.yml")}" beside it, expected only one of them`;
  return { kind: "problem", problem: { where: show("termite.yaml"), message } };
}

function createSource(path: string, shown: string): FileSource {
  return { path, shown, baseDir: dirname(path) };
}

/** A folder that may not be searched counts as one without the file: only a file that was named must be there. */
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
