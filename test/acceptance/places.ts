// Where acceptance keeps what it fetched, and what it drives: the compiled file, never the sources.
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./report.ts";

export const ROOT = join(import.meta.dir, "..", "..");
export const CACHE = join(ROOT, ".cache", "acceptance");
export const TERMITE = join(ROOT, "dist", "termite");
export const REFERENCES = join(ROOT, "test", "fixtures", "references");
export const PYTHON_SCRIPTS = join(import.meta.dir, "python");

export function createCacheFolder(): void {
  mkdirSync(CACHE, { recursive: true });
}

export function checkExecutable(): void {
  check(existsSync(TERMITE), `there is no ${TERMITE}; run "bun run build"`);
}

export function createTemporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `termite-acceptance-${name}-`));
}
