// The rows about RECORD of the table of hostile wheels in `hostile-wheels.test.ts`.
import { createHash } from "node:crypto";
import { makeZip } from "./make-zip.ts";
import type { ZipEntry } from "./make-zip.ts";

/** One hostile wheel, and what its refusal says behind "Cannot read the wheel …: ". */
export interface Row {
  what: string;
  wheel: Buffer;
  found: string;
}

const RECORD = "demo-1.0.dist-info/RECORD";
const RECORDED: ZipEntry[] = [
  { name: "demo/", mode: 0o040755, method: 0 },
  { name: "demo/a.txt", content: "a" },
  { name: 'demo/b, "c".txt', content: "b" },
];

function recorded(rows: readonly string[], more: readonly ZipEntry[] = []): Buffer {
  return makeZip([...RECORDED, ...more, { name: RECORD, content: rows.join("\n") }]);
}

function digest(content: string): string {
  return createHash("sha256").update(content).digest("base64url");
}

function hex(text: string): string {
  return Buffer.from(text, "base64url").toString("hex");
}

const A = `demo/a.txt,sha256=${digest("a")},1`;
const B = `"demo/b, ""c"".txt",sha256=${digest("b")},1`;
const OTHER = digest("other");
export const RECORDS: Row[] = [
  { what: "no RECORD", wheel: makeZip(RECORDED), found: "found no RECORD" },
  {
    what: "a RECORD elsewhere",
    wheel: makeZip([...RECORDED, { name: `demo/${RECORD}`, content: `${A}\n${B}\n` }]),
    found: "found no RECORD",
  },
  {
    what: "two of them",
    wheel: recorded([A, B], [{ name: "other-1.0.dist-info/RECORD", content: "" }]),
    found: `found "other-1.0.dist-info/RECORD" and "${RECORD}"`,
  },
  { what: "a file that it does not list", wheel: recorded([A]), found: 'entry "demo/b, "c".txt" is not in its RECORD' },
  {
    what: "a file that is not there",
    wheel: recorded([A, B, `demo/c.txt,sha256=${digest("c")},1`]),
    found: '"demo/c.txt" is in its RECORD and not in the wheel',
  },
  { what: "a file twice", wheel: recorded([A, B, A]), found: 'its RECORD lists "demo/a.txt" twice' },
  {
    what: "another size",
    wheel: recorded([`demo/a.txt,sha256=${digest("a")},2`, B]),
    found: 'entry "demo/a.txt" has 1 bytes, its RECORD says 2',
  },
  {
    what: "another hash",
    wheel: recorded([`demo/a.txt,sha256=${OTHER},1`, B]),
    found: `entry "demo/a.txt" has sha256 ${hex(digest("a"))}, its RECORD says ${hex(OTHER)}`,
  },
  {
    what: "a weaker hash",
    wheel: recorded(["demo/a.txt,md5=DMF1ucDxtqgxw5niaXcmYQ,1", B]),
    found: 'its RECORD gives "demo/a.txt" the hash "md5=DMF1ucDxtqgxw5niaXcmYQ", need a sha256',
  },
  {
    what: "no hash",
    wheel: recorded(["demo/a.txt,,", B]),
    found: 'its RECORD gives "demo/a.txt" the hash "", need a sha256',
  },
  {
    what: "no size",
    wheel: recorded([`demo/a.txt,sha256=${digest("a")},`, B]),
    found: 'its RECORD gives "demo/a.txt" the size ""',
  },
  {
    what: "a path that leads out",
    wheel: recorded([A, B, `../c.txt,sha256=${digest("c")},1`]),
    found: 'entry "../c.txt" has ".." in its path',
  },
  { what: "what is no table", wheel: recorded([A, B, "demo/c.txt"]), found: 'its RECORD has the row "demo/c.txt"' },
  {
    what: "a quote that does not end",
    wheel: recorded([A, B, '"demo/c.txt,,']),
    found: 'its RECORD has the row "\\"demo/c.txt,,"',
  },
  {
    what: "a folder that it lists as a file",
    wheel: recorded([A, B, `demo/,sha256=${digest("")},0`]),
    found: '"demo/" is in its RECORD and not in the wheel',
  },
  {
    what: "more than anybody reads",
    wheel: makeZip([...RECORDED, { name: RECORD, both: { sizeBytes: 16 * 1024 * 1024 + 1, compressedBytes: 9_000_000 }, data: Buffer.alloc(9_000_000) }]),
    found: "its RECORD has 16777217 bytes",
  },
];
