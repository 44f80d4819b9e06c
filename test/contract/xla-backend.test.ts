// The contract on the real engine: the PJRT plugin that the executable holds.
import { afterAll, setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openXlaBackend } from "../../src/backends/xla/open-backend.ts";
import { openTestPlugin, PLUGIN_PATH } from "../fixtures/pjrt-plugin.ts";
import { describeBackend } from "./backend.ts";

// Compilers are slow on a busy machine.
setDefaultTimeout(60_000);

const cacheFolder = mkdtempSync(join(tmpdir(), "termite-xla-"));

describeBackend("xla", () => {
  openTestPlugin();
  return openXlaBackend({ libraryPath: PLUGIN_PATH, target: "xla:cpu", cores: 2, cacheFolder });
});

afterAll(() => rmSync(cacheFolder, { recursive: true }));
