// A folder of its own for a test file, removed after it.
import { afterAll } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Each call of the result makes a new folder with these files in it. */
export function useTempFolders(): (files?: Readonly<Record<string, string>>) => string {
  const root = mkdtempSync(join(tmpdir(), "termite-config-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return (files = {}) => {
    const folder = mkdtempSync(join(root, "case-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  };
}
