import { expect, test } from "bun:test";
import { join } from "node:path";
import { listLinkFolders } from "../../../src/plugins/search/link-folders.ts";
import { useTrees } from "./library-tree.ts";
import type { Entry } from "./library-tree.ts";

const createTree = useTrees();

const cases: [string, Record<string, Entry>, string, string[]][] = [
  ["no link", { "a/b/file": "x" }, "a/b/file", []],
  ["one link", { "a/file": { "->": "real" }, "a/real": "x" }, "a/file", ["a"]],
  ["a link to a link", { "a/file": { "->": "../b/file" }, "b/file": { "->": "../c/file" }, "c/file": "x" }, "a/file", ["a", "b"]],
  ["a link to a folder", { "a/current": { "->": "versions/1" }, "a/versions/1/lib/file": "x" }, "a/current/lib/file", ["a"]],
  // The link's ".." is above where it leads, not above where it lies.
  ["a link through a link and back", { "a/file": { "->": "deep/../hop" }, "a/deep": { "->": "../b/c" }, "b/c/x": "x", "b/hop": { "->": "end" }, "b/end": "x" },
    "a/file", ["a", "a", "b"]],
  ["dots and slashes", { "a/file": { "->": ".//real" }, "a/real": "x" }, "./a//file", ["a"]],
];
test.each(cases)("listLinkFolders() lists the folders of the links: %s", (_, entries, path, folders) => {
  const dir = createTree(entries);
  expect(listLinkFolders(dir, path)).toEqual(folders.map((folder) => join(dir, folder)));
});

test("listLinkFolders() follows an absolute link, from the root of the file system", () => {
  const outside = createTree({ hop: { "->": "end" }, end: "x" });
  const dir = createTree({ "a/file": { "->": join(outside, "hop") } });
  expect(listLinkFolders(dir, "a/file")).toEqual([join(dir, "a"), outside]);
});
