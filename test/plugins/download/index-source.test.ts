import { describe, expect, test } from "bun:test";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import { makeLockedWheel } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";

const made = makeWheel({ name: "demo", version: "1.0", files: { "demo/a.txt": "a\n" } });
const wheel = await makeLockedWheel(made);

describe("createIndexSource()", () => {
  test("finds the address of a wheel", async () => {
    using server = await serveWheels({ wheels: [made] });
    const url = new URL(`../files/${made.file}`, server.indexUrl);
    expect(await createIndexSource(server.createClient()).open(wheel, {})).toMatchObject({ kind: "http", url });
  });

  test.each([
    [{ sha256: "0".repeat(64) }, `Cannot use "${made.file}": the index says sha256 ${"0".repeat(64)}, need ${made.sha256}`],
    [{ sizeBytes: 5 }, `Cannot use "${made.file}": the index says size 5, need ${made.bytes.length}`],
  ])("refuses when the index says %p", async (says, message) => {
    using server = await serveWheels({ wheels: [made], facts: { [made.file]: says } });
    await expect(createIndexSource(server.createClient()).open(wheel, {})).rejects.toThrow(message);
  });

  test("throws package_not_found when the index has other files of the package only", async () => {
    using server = await serveWheels({ wheels: [made] });
    await expect(createIndexSource(server.createClient()).open({ ...wheel, file: "demo-2.0.whl" }, {})).rejects.toThrow(
      `Cannot find "demo-2.0.whl": "${server.indexUrl.href}" has no such file of "demo"`,
    );
  });
});
