// Names of entries: only relative, portable, unambiguous ones pass, so that a path can be joined to a folder as it is.
import { createWheelError } from "./wheel-entry.ts";

/** Bit 11 of the flags says UTF-8; without it only ASCII means the same to everybody. Throws `invalid_wheel`. */
export function parseEntryPath(wheel: string, name: Uint8Array, isUtf8: boolean): string {
  const path = parseName(wheel, name, isUtf8);
  const found = findFault(path);
  if (found !== undefined) throw createWheelError(wheel, `entry ${JSON.stringify(path)} ${found}`);
  return path;
}

function parseName(wheel: string, name: Uint8Array, isUtf8: boolean): string {
  if (!isUtf8 && name.some((byte) => byte > 0x7f)) {
    throw createWheelError(
      wheel,
      `entry ${JSON.stringify(Buffer.from(name).toString("latin1"))} has a name in an unknown encoding`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch (cause) {
    throw createWheelError(
      wheel,
      `entry ${JSON.stringify(Buffer.from(name).toString("latin1"))} has a name that is not UTF-8`,
      cause,
    );
  }
}

/** A table of what a name can do to a careless reader, the first that applies. */
const FAULTS: readonly { found: string; applies: (path: string) => boolean }[] = [
  { found: "has an empty name", applies: (path) => path === "" },
  { found: "has a NUL in its name", applies: (path) => path.includes("\0") },
  { found: "has a control character in its name", applies: (path) => /\p{Cc}/u.test(path) },
  { found: "has a backslash in its name", applies: (path) => path.includes("\\") },
  { found: "has an absolute path", applies: (path) => path.startsWith("/") || /^[A-Za-z]:/.test(path) },
  { found: 'has ".." in its path', applies: (path) => path.split("/").includes("..") },
  {
    found: "has an empty part in its path",
    applies: (path) =>
      path
        .replace(/\/$/, "")
        .split("/")
        .some((part) => part === "" || part === "."),
  },
];

function findFault(path: string): string | undefined {
  return FAULTS.find(({ applies }) => applies(path))?.found;
}

/** No name twice, not even in another case or normal form, and no file where another entry needs a folder. */
export function checkUniquePaths(wheel: string, paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const key = formatKey(path);
    const twin = seen.get(key);
    if (twin === path) throw createWheelError(wheel, `entry "${path}" is there twice`);
    if (twin !== undefined)
      throw createWheelError(wheel, `entries "${twin}" and "${path}" are the same name to some file systems`);
    seen.set(key, path);
  }
  for (const path of paths) checkFolders(wheel, path, seen);
}

function checkFolders(wheel: string, path: string, seen: ReadonlyMap<string, string>): void {
  const parts = path.replace(/\/$/, "").split("/");
  for (let count = 1; count < parts.length; count += 1) {
    const file = seen.get(formatKey(parts.slice(0, count).join("/")));
    if (file === undefined || file.endsWith("/")) continue;
    throw createWheelError(wheel, `entry "${path}" lies in "${file}", which is a file`);
  }
}

/** "a" and "a/" are one name. */
function formatKey(path: string): string {
  return path.replace(/\/$/, "").normalize("NFC").toUpperCase().toLowerCase();
}
