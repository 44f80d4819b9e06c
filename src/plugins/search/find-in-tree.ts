// Looks into `current`: a version that an install published, or a tree that a person put there.
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { checkLibrary, findEscape, findRealPath, formatBrokenLink, isBrokenLink, isInside } from "./check-library.ts";
import type { LibraryRules } from "./check-library.ts";
import { findInFolder, formatNames } from "./find-in-folder.ts";
import { resolveTreeNames } from "./library-names.ts";
import { readReceipt, RECEIPT_FILE } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";
import type { FoundLibrary } from "./search-result.ts";

export type TreeResult = { library: FoundLibrary } | { outcome: "absent" | "passed over"; reason?: string };

/** Where the library lies in a tree that was unpacked by hand: itself, a release's `lib`, the folders of the wheels. */
const HAND_FOLDERS = ["", "lib", "onnxruntime/capi", "jax_plugins/xla_cuda13", "jax_plugins/xla_cuda12", "libtpu"];

/** `rules.root` and `rules.versions` must be given. Errors of the file system are thrown as they are. */
export function findInTree(path: string, rules: LibraryRules): TreeResult {
  if (isBrokenLink(path)) return passOver(formatBrokenLink(path));
  const tree = findRealPath(path);
  if (tree === undefined) return { outcome: "absent" };
  const escape = findEscape(path, tree, rules.root);
  if (escape !== undefined) return passOver(escape);
  if (!statSync(tree).isDirectory()) return passOver(`found "${basename(path)}", which is not a folder`);
  // What it holds is reached through `current` from here on.
  const { versions, ...inside } = rules;
  const { receipt, problem } = readReceipt(tree);
  if (problem !== undefined) return passOver(problem);
  if (receipt !== undefined) return findInstalled({ path, tree, receipt }, inside);
  if (isInside(tree, versions === undefined ? undefined : findRealPath(versions))) {
    const name = `"versions/${basename(tree)}"`;
    return passOver(`found no "${RECEIPT_FILE}" in ${name}: a version without it was never published`);
  }
  return findPlaced(path, inside);
}

function passOver(reason: string): TreeResult {
  return { outcome: "passed over", reason };
}

interface InstalledTree {
  /** As the place names it, so that the folders on the way to it are checked too. */
  path: string;
  /** Links resolved. */
  tree: string;
  receipt: Receipt;
}

function findInstalled({ path, tree, receipt }: InstalledTree, rules: LibraryRules): TreeResult {
  const { target, platform } = rules;
  if (receipt.plugin !== target) return passOver(`found a receipt of "${receipt.plugin}", need one of "${target}"`);
  const names = resolveTreeNames(target, platform);
  const listed = receipt.files.map((file) => ({ ...file, name: basename(file.path), realName: basename(file.path) }));
  const library = listed.filter(({ name }) => names.matches(name)).sort(names.compare)[0];
  if (library === undefined) return passOver(`found a receipt without ${formatNames(names)}`);
  const libraryPath = join(path, library.path);
  if (findRealPath(libraryPath) === undefined) return passOver(`found no "${library.path}", which the receipt lists`);
  const check = checkLibrary(libraryPath, rules);
  if ("reason" in check) return passOver(check.reason);
  const { realPath, sizeBytes } = check.file;
  if (!isInside(realPath, tree)) return passOver(`found "${library.path}", a link to "${realPath}", which is outside the version`);
  if (sizeBytes !== library.sizeBytes) {
    return passOver(`found "${library.path}" with ${sizeBytes} bytes, the receipt says ${library.sizeBytes}`);
  }
  const treeBytes = receipt.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const { version } = receipt;
  return { library: { origin: "installed", libraryPath: realPath, version, sizeBytes: treeBytes, path: tree } };
}

function findPlaced(path: string, rules: LibraryRules): TreeResult {
  const names = resolveTreeNames(rules.target, rules.platform);
  for (const folder of HAND_FOLDERS) {
    const result = findInFolder(join(path, folder), names, rules);
    if ("file" in result) {
      const { realPath, ...rest } = result.file;
      return { library: { origin: "placed", libraryPath: realPath, path, ...rest } };
    }
    if (result.outcome === "passed over") return result;
  }
  return { outcome: "absent", reason: `found neither "${RECEIPT_FILE}" nor ${formatNames(names)} in it` };
}
