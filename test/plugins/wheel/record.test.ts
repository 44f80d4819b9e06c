import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { makeZip } from "./make-zip.ts";
import type { ZipEntry } from "./make-zip.ts";
import { readRecorded } from "./read-wheel.ts";

const RECORD = "demo-1.0.dist-info/RECORD";
const files: ZipEntry[] = [
  { name: "demo/", mode: 0o040755, method: 0 },
  { name: "demo/a.txt", content: "a" },
  { name: 'demo/b, "c".txt', content: "b" },
];

function hash(content: string): string {
  return createHash("sha256").update(content).digest("base64url");
}

const A = `demo/a.txt,sha256=${hash("a")},1`;
const B = `"demo/b, ""c"".txt",sha256=${hash("b")},1`;
const OWN = `${RECORD},,`;

function makeRecorded(rows: readonly string[], more: readonly ZipEntry[] = []): Buffer {
  return makeZip([...files, ...more, { name: RECORD, content: `${rows.join("\n")}\n` }]);
}

describe("readRecord() and readRecordedEntry()", () => {
  const honest: [string, readonly string[], readonly ZipEntry[]][] = [
    ["every file but RECORD", [A, B, OWN], []],
    ["Windows line ends", [`${A}\r`, `${B}\r`, `${OWN}\r`], []],
    ["a RECORD that leaves itself out", [A, B], []],
    ["a signature that nobody lists", [A, B, OWN], [{ name: `${RECORD}.jws`, content: "{}" }]],
    ["a signature without a hash", [A, B, `${RECORD}.p7s,,`, OWN], [{ name: `${RECORD}.p7s`, content: "x" }]],
  ];
  test.each(honest)("takes %s", async (_, rows, more) => {
    expect(await readRecorded(makeRecorded(rows, more))).toEqual({ "demo/a.txt": "a", 'demo/b, "c".txt': "b" });
  });
});
