// Loaded before all tests: whatever they put into the system's folder for temporary files goes with this process. The
// folder is as open as `/tmp` itself, for some tests start termite as another user.
import { afterAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "termite-tests-"));
chmodSync(folder, 0o1777);
process.env["TMPDIR"] = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
