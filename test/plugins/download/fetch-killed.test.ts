import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import { createDownloadFolder, makeWheels, MEBIBYTE } from "./download-folder.ts";

describe("fetchFiles()", () => {
  test("goes on where it was when its process was killed", async () => {
    const { made, wheels } = await makeWheels();
    using server = await serveWheels({ wheels: made, totalRate: 20 * MEBIBYTE });
    using folder = createDownloadFolder(wheels);
    const list = join(folder.path, "wheels.json");
    mkdirSync(folder.path, { recursive: true });
    writeFileSync(list, JSON.stringify(wheels));
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "fetch-child.ts"), list, server.indexUrl.href, folder.path]);
    while (server.sentBytes() < 12 * MEBIBYTE && child.exitCode === null) await Bun.sleep(5);
    child.kill("SIGKILL");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    const report = await folder.fetch([createIndexSource(server.createClient())]);
    expect(folder.listWrong()).toEqual([]);
    expect(folder.listPartials()).toEqual([]);
    expect(report.heldBytes).toBeGreaterThan(8 * MEBIBYTE);
    expect(report.incidents).toEqual([]);
  }, 30_000);
});
