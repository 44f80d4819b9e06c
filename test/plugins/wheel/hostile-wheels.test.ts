import { describe, expect, test } from "bun:test";
import { deflateRawSync } from "node:zlib";
import { catchError } from "../../net/serve-loopback.ts";
import { RECORDS } from "./hostile-records.ts";
import type { Row } from "./hostile-records.ts";
import { makeZip, ZIP64_MARKS, zip64Sizes } from "./make-zip.ts";
import type { ZipEntry, ZipOptions } from "./make-zip.ts";
import { readRecorded, readWheel } from "./read-wheel.ts";

const TEXT = "some text that packs, packs, packs";
const good: ZipEntry = { name: "a.txt", content: TEXT };

function one(what: string, entry: ZipEntry, found: string): Row {
  return { what, wheel: makeZip([good, entry, { name: "z.txt" }]), found };
}

function whole(what: string, options: ZipOptions, found: string): Row {
  return { what, wheel: makeZip([good, { name: "b/c.txt", content: "c" }], options), found };
}

function extra(id: number, data: number[]): Buffer {
  return Buffer.from([id & 0xff, id >> 8, data.length, 0, ...data]);
}

const packed = deflateRawSync(TEXT);
const inner = makeZip([{ name: "inner.txt", content: "inner" }]);
const zeros = Buffer.alloc(20_000_000);
const fewZeros = Buffer.alloc(16_000_000);
const bombs = makeZip(["1.txt", "2.txt"].map((name) => ({ name, content: fewZeros })));
const small = makeZip([good]);
const damaged = Buffer.from(packed);
damaged[0] = 0xff;

const PATHS: Row[] = [
  one("a parent folder", { name: "../b.txt" }, 'entry "../b.txt" has ".." in its path'),
  one("a parent folder inside", { name: "b/../../c.txt" }, 'entry "b/../../c.txt" has ".." in its path'),
  one("an absolute path", { name: "/etc/passwd" }, 'entry "/etc/passwd" has an absolute path'),
  one("a drive", { name: "C:b.txt" }, 'entry "C:b.txt" has an absolute path'),
  one("a NUL", { name: "b.txt\0.so" }, 'entry "b.txt\\u0000.so" has a NUL in its name'),
  one("a backslash", { name: "b\\c.txt" }, 'entry "b\\\\c.txt" has a backslash in its name'),
  one("a line feed", { name: "b\nc.txt" }, 'entry "b\\nc.txt" has a control character in its name'),
  one("an escape", { name: "b\x1b[2Jc" }, 'entry "b\\u001b[2Jc" has a control character in its name'),
  one("a dot", { name: "./b.txt" }, 'entry "./b.txt" has an empty part in its path'),
  one("two slashes", { name: "b//c.txt" }, 'entry "b//c.txt" has an empty part in its path'),
  one("no name", { name: "" }, 'entry "" has an empty name'),
  one(
    "a name in another encoding",
    { name: Buffer.from("b\xe9.txt", "latin1") },
    'entry "bé.txt" has a name in an unknown encoding',
  ),
  one(
    "a name that is not UTF-8",
    { name: Buffer.from("b\xe9.txt", "latin1"), both: { flags: 1 << 11 } },
    'entry "bé.txt" has a name that is not UTF-8',
  ),
  one("a name twice", { name: "a.txt", content: "other" }, 'entry "a.txt" is there twice'),
  one("a case-fold twin", { name: "A.TXT" }, 'entries "a.txt" and "A.TXT" are the same name to some file systems'),
  {
    what: "a twin in another normal form",
    wheel: makeZip([{ name: "\u00e9" }, { name: "e\u0301" }]),
    found: 'entries "\u00e9" and "e\u0301" are the same name to some file systems',
  },
  one("a file as a folder", { name: "a.txt/b" }, 'entry "a.txt/b" lies in "a.txt", which is a file'),
];

const KINDS: Row[] = [
  one("a link", { name: "b", content: "/etc", mode: 0o120777 }, 'entry "b" is a link'),
  one("a character device", { name: "b", mode: 0o020666 }, 'entry "b" is a device'),
  one("a block device", { name: "b", mode: 0o060666 }, 'entry "b" is a device'),
  one("a pipe", { name: "b", mode: 0o010666 }, 'entry "b" is a device'),
  one("a socket", { name: "b", mode: 0o140666 }, 'entry "b" is a device'),
  one("a folder without a slash", { name: "b", mode: 0o040755 }, 'entry "b" is both a file and a folder'),
  one("a file that DOS takes for a folder", { name: "b", dosAttributes: 0x10 }, 'entry "b" is both a file and a folder'),
  {
    what: "an entry over a folder that is a link",
    wheel: makeZip([{ name: "lib", content: "/etc", mode: 0o120777 }, { name: "lib/passwd", content: "root" }]),
    found: 'entry "lib" is a link',
  },
  {
    what: "an entry over a folder that becomes a link",
    wheel: makeZip([{ name: "lib/passwd", content: "root" }, { name: "lib", content: "/etc", mode: 0o120777 }]),
    found: 'entry "lib" is a link',
  },
  one("a file with a slash", { name: "b/", mode: 0o100644 }, 'entry "b/" is both a file and a folder'),
  one("a folder with content", { name: "b/", mode: 0o040755, content: "x" }, 'entry "b/" is a folder of 1 bytes'),
  one("encryption", { name: "b", both: { flags: 1 } }, 'entry "b" is encrypted'),
  one("strong encryption", { name: "b", both: { flags: 1 << 6 } }, 'entry "b" is encrypted'),
  one("a masked header", { name: "b", both: { flags: 1 << 13 } }, 'entry "b" is encrypted'),
  one("an unknown flag", { name: "b", both: { flags: 1 << 5 } }, 'entry "b" has unknown flags 0x20'),
  one("another method", { name: "b", both: { method: 14 } }, 'entry "b" has compression method 14, need 0 or 8'),
  one(
    "a data descriptor",
    { name: "b", content: TEXT, both: { flags: 8 }, local: { crc: 0, compressedBytes: 0, sizeBytes: 0 } },
    'entry "b" has its sizes in a data descriptor',
  ),
  one(
    "a data descriptor that only the local header admits",
    { name: "b", content: TEXT, local: { flags: 8, crc: 0, compressedBytes: 0, sizeBytes: 0 } },
    'entry "b" has a local header unlike its central one',
  ),
];

const LOCAL = 'entry "b" has a local header unlike its central one';
const OTHER_SIZES = 'entry "b" has other sizes in its local header';
const HEADERS: Row[] = [
  one("another CRC", { name: "b", content: TEXT, local: { crc: 1 } }, LOCAL),
  one("another size", { name: "b", content: TEXT, local: { sizeBytes: 1 } }, LOCAL),
  one("another compressed size", { name: "b", content: TEXT, local: { compressedBytes: 1 } }, LOCAL),
  one("another method", { name: "b", content: TEXT, local: { method: 0 } }, LOCAL),
  one("another version", { name: "b", content: TEXT, local: { versionNeeded: 45 } }, LOCAL),
  one("a longer name", { name: "b", content: TEXT, local: { name: Buffer.from("bb") } }, LOCAL),
  one(
    "another name",
    { name: "b", content: TEXT, local: { name: Buffer.from("c") } },
    'entry "b" has another name in its local header',
  ),
  one(
    "a zip64 field",
    { name: "b", local: { extra: extra(1, [0, 0, 0, 0, 0, 0, 0, 0]) } },
    'entry "b" has an extra field with zip64',
  ),
  one("one size as a zip64 mark", { name: "b", content: TEXT, local: { sizeBytes: 0xffffffff } }, LOCAL),
  one("zip64 marks without sizes", { name: "b", content: TEXT, local: ZIP64_MARKS }, OTHER_SIZES),
  one("another zip64 size", { name: "b", content: TEXT, local: { ...ZIP64_MARKS, extra: zip64Sizes(TEXT, 1, 0) } }, OTHER_SIZES),
  one(
    "another compressed zip64 size",
    { name: "b", content: TEXT, local: { ...ZIP64_MARKS, extra: zip64Sizes(TEXT, 0, 1) } },
    OTHER_SIZES,
  ),
  one(
    "a field behind the zip64 sizes",
    { name: "b", content: TEXT, local: { ...ZIP64_MARKS, extra: Buffer.concat([zip64Sizes(TEXT), extra(9, [])]) } },
    OTHER_SIZES,
  ),
  one(
    "a second name",
    { name: "b", local: { extra: extra(0x7075, [1, 2, 3]) } },
    'entry "b" has an extra field with a second name',
  ),
  one(
    "a damaged extra field",
    { name: "b", local: { extra: Buffer.from([9, 9, 200, 0]) } },
    'entry "b" has a damaged extra field',
  ),
  one(
    "an extra field cut short",
    { name: "b", local: { extra: Buffer.from([9]) } },
    'entry "b" has a damaged extra field',
  ),
];

const CONTENTS: Row[] = [
  one(
    "a wrong CRC",
    { name: "b", content: TEXT, both: { crc: 0x12345678 } },
    'entry "b" has CRC 6ab51d4e, need 12345678',
  ),
  one(
    "more than its size",
    { name: "b", content: TEXT, both: { sizeBytes: 9 } },
    'entry "b" is longer than its 9 bytes',
  ),
  one(
    "less than its size",
    { name: "b", content: TEXT, both: { sizeBytes: 99 } },
    'entry "b" has 34 bytes, its size is 99',
  ),
  one("damaged data", { name: "b", content: TEXT, data: damaged }, 'entry "b" has damaged compressed data'),
  one(
    "data cut short",
    { name: "b", content: TEXT, data: packed.subarray(0, -3) },
    'entry "b" has damaged compressed data',
  ),
  one(
    "bytes hidden behind its data",
    { name: "b", content: TEXT, data: Buffer.concat([packed, Buffer.from("hidden")]) },
    `entry "b" uses ${packed.length} of its ${packed.length + 6} compressed bytes`,
  ),
  one(
    "two sizes",
    { name: "b", content: TEXT, method: 0, both: { compressedBytes: 9 } },
    'entry "b" is stored as 9 bytes, its size is 34',
  ),
  one(
    "a bomb",
    { name: "b", content: zeros },
    `entry "b" unpacks ${deflateRawSync(zeros).length} bytes to 20000000, more than 200 to 1`,
  ),
  {
    what: "a bomb of entries that are harmless each",
    wheel: bombs,
    found: `it unpacks ${bombs.length} bytes to 32000000, more than 200 to 1`,
  },
  one(
    "a bomb with a modest size",
    { name: "b", content: zeros, both: { sizeBytes: 1000 } },
    'entry "b" is longer than its 1000 bytes',
  ),
];

const ZIP64: Row[] = [
  one("its size", { name: "b", both: { sizeBytes: 0xffffffff } }, 'entry "b" has a zip64 size'),
  one("its compressed size", { name: "b", both: { compressedBytes: 0xffffffff } }, 'entry "b" has a zip64 size'),
  one("its offset", { name: "b", central: { offset: 0xffffffff } }, 'entry "b" has a zip64 size'),
  one(
    "an extra field",
    { name: "b", central: { extra: extra(1, [1, 0, 0, 0, 0, 0, 0, 0]) } },
    'entry "b" has an extra field with zip64',
  ),
  whole("the number of entries", { end: { entryCount: 0xffff } }, "it is a zip64 file"),
  whole("the directory's offset", { end: { directoryOffset: 0xffffffff } }, "it is a zip64 file"),
  whole("a locator", { beforeEnd: Buffer.from(`PK\x06\x07${"\0".repeat(16)}`, "latin1") }, "it is a zip64 file"),
];

const SHAPES: Row[] = [
  {
    what: "a comment cut short",
    wheel: makeZip([good], { comment: Buffer.from("hello") }).subarray(0, -5),
    found: "it lacks 5 bytes after its end record",
  },
  {
    what: "no zip file",
    wheel: Buffer.from("<html>not found</html>"),
    found: "found no end record, it is not a zip file or was cut short",
  },
  {
    what: "an empty file",
    wheel: Buffer.alloc(0),
    found: "found no end record, it is not a zip file or was cut short",
  },
  {
    what: "a file cut short",
    wheel: small.subarray(0, -5),
    found: "found no end record, it is not a zip file or was cut short",
  },
  {
    what: "a file cut short before its end record",
    wheel: small.subarray(0, -22),
    found: "found no end record, it is not a zip file or was cut short",
  },
  {
    what: "a file whose beginning is lost",
    wheel: small.subarray(10),
    found: `its directory ends at byte ${small.length - 22}, its end record begins at byte ${small.length - 32}`,
  },
  whole("trailing bytes", { after: Buffer.from("junk!") }, "found 5 bytes after its end record"),
  whole("a comment", { comment: Buffer.from("hello") }, "found 5 bytes after its end record"),
  whole(
    "junk before",
    { before: Buffer.from("#!/bin/sh\n") },
    "its directory ends at byte 203, its end record begins at byte 213",
  ),
  {
    what: "junk before, with offsets that know it",
    wheel: makeZip([{ ...good, central: { offset: 10 } }], {
      before: Buffer.alloc(10),
      end: { directoryOffset: 10 + small.length - 22 - 51 },
    }),
    found: "found 10 bytes before its first entry",
  },
  whole("a second end record in its comment", { comment: makeZip([]) }, "found two end records"),
  {
    what: "two zip files in one",
    wheel: Buffer.concat([small, small]),
    found: `its directory ends at byte ${small.length - 22}, its end record begins at byte ${2 * small.length - 22}`,
  },
  one(
    "bytes between two entries",
    { name: "b", after: Buffer.alloc(9) },
    'entry "b" is followed by bytes that belong to nothing',
  ),
  whole(
    "bytes before its directory",
    { beforeDirectory: Buffer.alloc(9) },
    'entry "b/c.txt" is followed by bytes that belong to nothing',
  ),
  whole(
    "a zip file before its directory",
    { beforeDirectory: inner },
    'entry "b/c.txt" is followed by bytes that belong to nothing',
  ),
  whole(
    "far too many bytes before its directory",
    { beforeDirectory: Buffer.alloc(70_000) },
    'entry "b/c.txt" is followed by bytes that belong to nothing',
  ),
  whole(
    "bytes behind its directory",
    { beforeEnd: Buffer.alloc(3) },
    "its directory ends at byte 203, its end record begins at byte 206",
  ),
  whole(
    "bytes inside its directory",
    { beforeEnd: Buffer.alloc(3), end: { directoryBytes: 107 } },
    "its directory is damaged",
  ),
  whole("fewer entries than it says", { end: { entryCount: 3 } }, "its directory has 2 entries, its end record says 3"),
  whole("more entries than it says", { end: { entryCount: 1 } }, "its directory has 2 entries, its end record says 1"),
  whole("several parts", { end: { disk: 1 } }, "it is one part of several"),
  whole("entries in several parts", { end: { entriesHere: 1, entryCount: 2 } }, "it is one part of several"),
  one("an entry in another part", { name: "b", central: { disk: 1 } }, 'entry "b" lies in another part'),
  one("entries that overlap", { name: "b", central: { offset: 0 } }, 'entry "a.txt" overlaps the next one'),
  one(
    "an entry that begins inside another",
    { name: "b", central: { offset: 5 } },
    'entry "a.txt" overlaps the next one',
  ),
];

describe.each([
  ["names", PATHS],
  ["kinds", KINDS],
  ["local headers", HEADERS],
  ["contents", CONTENTS],
  ["zip64", ZIP64],
  ["shapes", SHAPES],
  ["RECORD", RECORDS],
])("the wheel reader: %s", (section, rows) => {
  const read = section === "RECORD" ? readRecorded : readWheel;
  test.each(rows)("refuses $what", async ({ wheel, found }) => {
    expect(await catchError(read(wheel))).toMatchObject({
      code: "invalid_wheel",
      message: `Cannot read the wheel "demo.whl": ${found}`,
    });
  });
});
