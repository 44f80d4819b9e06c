import { beforeAll, describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import type { PluginLock } from "../../../src/plugins/catalog/lock.ts";
import { parsePluginLock } from "../../../src/plugins/catalog/parse-lock.ts";
import { makeLock } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";

let good: PluginLock;

beforeAll(async () => {
  const root = makeWheel({ name: "root", version: "1.0", files: { "lib/a.so": "a", "lib/b.so": { content: "b", isStored: true } } });
  const other = makeWheel({ name: "other", version: "2.0", files: { "lib/c.so": "c" } });
  good = await makeLock({ wheels: [root, other] });
});

type Change = (lock: PluginLock) => unknown;

/** A copy with one field of its first file changed. */
function changeFile(change: Readonly<Record<string, unknown>>): Change {
  return ({ wheels: [first, ...others], ...lock }) => {
    const [file, ...files] = first?.files ?? [];
    return { ...lock, wheels: [{ ...first, files: [{ ...file, ...change }, ...files] }, ...others] };
  };
}

describe("parsePluginLock()", () => {
  test("returns what is right, field by field", () => {
    expect(parsePluginLock("good.json", structuredClone(good))).toEqual(good);
  });

  const bad: [what: string, change: Change, found: string][] = [
    ["text", () => "x", 'Invalid type: Expected Object but received "x"'],
    ["another form", (lock) => ({ ...lock, format: 2 }), '"format": Invalid type: Expected 1 but received 2'],
    [
      "an unknown plugin",
      (lock) => ({ ...lock, plugin: "xla:rocm" }),
      '"plugin": Invalid type: Expected ("xla:cuda" | "xla:tpu" | "onnx:cuda") but received "xla:rocm"',
    ],
    ["no wheel", (lock) => ({ ...lock, wheels: [] }), '"wheels": Invalid length: Expected >=1 but received 0'],
    [
      "a path that leads out",
      changeFile({ path: "../a.so" }),
      '"wheels.0.files.0.path": Invalid format: Expected /^(?!.*(?:^|\\/)\\.{0,2}(?:\\/|$))[^\\\\\\p{Cc}]+$/u but received "../a.so"',
    ],
    [
      "a writable mode",
      changeFile({ mode: 0o755 }),
      '"wheels.0.files.0.mode": Invalid type: Expected (292 | 365) but received 493',
    ],
    [
      "half a hash",
      changeFile({ sha256: "ab" }),
      '"wheels.0.files.0.sha256": Invalid format: Expected /^[0-9a-f]{64}$/ but received "ab"',
    ],
    ["a size that is none", changeFile({ sizeBytes: -1 }), '"wheels.0.files.0.sizeBytes": Invalid value: Expected >=0 but received -1'],
    ["a path twice", changeFile({ to: "lib/b.so" }), '"lib/b.so" is there twice'],
    ["a path of two wheels", changeFile({ to: "lib/c.so" }), '"lib/c.so" is there twice'],
    ["a path below a file", changeFile({ to: "lib/b.so/a.so" }), '"lib/b.so/a.so" lies in a file'],
    [
      "a library that is not there",
      (lock) => ({ ...lock, library: "lib/d.so" }),
      'the library "lib/d.so" is not in the first wheel',
    ],
    [
      "a library of another wheel",
      (lock) => ({ ...lock, library: "lib/c.so" }),
      'the library "lib/c.so" is not in the first wheel',
    ],
    ["a piece too few", changeFile({ pieces: [] }), '"lib/a.so" has 0 pieces, need 1'],
    ["a piece too many", changeFile({ compressedBytes: 0 }), '"lib/a.so" has 1 pieces, need 0'],
    ["two sizes", changeFile({ method: "stored", sizeBytes: 9 }), '"lib/a.so" is stored as 3 bytes, its size is 9'],
  ];
  test.each(bad)("refuses %s", (_, change, found) => {
    try {
      parsePluginLock("bad.json", change(structuredClone(good)));
    } catch (error) {
      if (!(error instanceof TermiteError)) throw error;
      expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
        code: "invalid_plugin_lock",
        message: `Cannot use the plugin lock "bad.json": ${found}`,
        hint: "Make it anew with `bun run plugins:lock`",
      });
      return;
    }
    throw new Error("expected a failure");
  });
});
