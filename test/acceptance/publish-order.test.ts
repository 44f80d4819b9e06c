// The reader of strace's lines and the order that it holds, on lines made by hand; `check-publish.ts` has the real ones.
import { describe, expect, test } from "bun:test";
import { findDisorder, parseFileEvents } from "./publish-order.ts";

const TREE = { folder: "/p/xla/cuda", version: "1.0", folders: ["", "lib"], objects: 1, objectsFolder: "/p/.objects/sha256" };

const GOOD = [
  "11 fsync(7</p/.partial/ab>) = 0",
  '11 rename("/p/.partial/ab", "/p/.objects/sha256/ab") = 0',
  "11 fsync(7</p/.staging/t> <unfinished ...>",
  "12 fsync(8</p/.staging/t/lib>) = 0",
  "11 <... fsync resumed>)               = 0",
  "11 fsync(7</p/.staging/t/receipt.json>) = 0",
  "11 fsync(7</p/.staging/t>) = 0",
  '11 rename("/p/.staging/t", "/p/xla/cuda/versions/1.0") = 0',
  "11 fsync(7</p/xla/cuda/versions>) = 0",
  '11 rename("/p/.staging/u/link", "/p/xla/cuda/current") = 0',
  "11 fsync(7</p/xla/cuda>) = 0",
];

/** The good lines without some, or with two of them the other way round. */
function change(without: readonly number[], swap?: readonly [number, number]): string {
  const lines = [...GOOD];
  if (swap !== undefined) [lines[swap[0]], lines[swap[1]]] = [GOOD[swap[1]] ?? "", GOOD[swap[0]] ?? ""];
  return lines.filter((_, index) => !without.includes(index)).join("\n");
}

describe("findDisorder()", () => {
  test("finds nothing when every step is behind the one before", () => {
    expect(findDisorder(parseFileEvents(GOOD.join("\n")), TREE)).toBeUndefined();
  });

  test("takes an exchange for a rename when a tree of that name was there", () => {
    const log = GOOD.join("\n").replace('rename("/p/.staging/t", "/p/xla', 'renameat2(AT_FDCWD</w>, "/p/.staging/t", AT_FDCWD</w>, "/p/xla')
      .replace('1.0") = 0', '1.0", RENAME_EXCHANGE) = 0');
    expect(parseFileEvents(log)[6]).toEqual({ call: "exchange", from: "/p/.staging/t", path: "/p/xla/cuda/versions/1.0" });
    expect(findDisorder(parseFileEvents(log), TREE)).toBeUndefined();
  });

  test.each([
    [change([0]), 'a file became the object "/p/.objects/sha256/ab" before its bytes were on the disk'],
    [change([], [0, 1]), 'a file became the object "/p/.objects/sha256/ab" before its bytes were on the disk'],
    [change([1]), "0 files became objects, not 1"],
    [change([3]), 'the folder "lib" was not on the disk before the receipt'],
    [change([], [4, 5]), 'the folder "" was not on the disk before the receipt'],
    [change([5]), "the receipt was not on the disk before the tree got its name"],
    [change([6]), "the receipt's name was not on the disk before the tree got its name"],
    [change([7]), "the tree never got its name"],
    [change([8]), "the tree's name was not on the disk before current was flipped"],
    [change([], [8, 9]), "the tree's name was not on the disk before current was flipped"],
    [change([9]), "current was flipped before the tree had its name"],
    [change([10]), "the flip was not on the disk at the end"],
    [GOOD.join("\n").replace("receipt.json>) = 0", "receipt.json>) = -1 EIO"), "the receipt was not on the disk before the tree got its name"],
  ])("names the step that came too early %#", (log, disorder) => {
    expect(findDisorder(parseFileEvents(log), TREE)).toBe(disorder);
  });
});
