import { expect, test } from "bun:test";
import { formatRow, setupCommand } from "../../src/cli/setup.ts";

const ROW = { name: "pjrt-cpu", version: "0.11.2", sizeBytes: 201_600_336, elapsedMs: 912, path: "/h/runtime/ad13/plugin.so" };

test.each([
  ["extracted", "extracted"],
  ["mended", "damaged, extracted anew"],
  ["there", "already there"],
] as const)("formatRow() is one line when an asset was %s", (result, words) => {
  expect(formatRow({ ...ROW, result })).toBe(`pjrt-cpu 0.11.2: ${words}, 201.6 MB, 912 ms, /h/runtime/ad13/plugin.so\n`);
});

test("setup refuses when the program runs from source and holds nothing", async () => {
  const failure = await setupCommand.spec.run({ flags: {}, positionals: [] }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "asset_missing",
    message: "Cannot extract anything: no asset is inside this program",
    hint: 'Use the executable that "npm start" builds',
  });
});
