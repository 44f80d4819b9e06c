import { describe, expect, test } from "bun:test";
import { formatBytes, formatTable } from "../../src/cli/table.ts";

describe("formatTable()", () => {
  test("aligns columns by the widest cell and leaves no blanks at line ends", () => {
    expect(formatTable(["NAME", "SIZE", "WHY"], [["a", "22.9 MB", "because"], ["longer", "1 B", "x"]])).toBe(
      "NAME    SIZE     WHY\na       22.9 MB  because\nlonger  1 B      x\n",
    );
  });

  test("counts what a terminal shows when characters are wide or combined, and escapes what would move a cursor", () => {
    expect(formatTable(["N", "X"], [["模型", "1"], ["e\u0301", "2"], ["👩‍🚀", "3"], ["a\u001b[2J", "4"]])).toBe(
      "N           X\n模型        1\ne\u0301           2\n👩‍🚀          3\na\\u001b[2J  4\n",
    );
  });

  test("shows an empty cell as a dash, also in the last column", () => {
    expect(formatTable(["A", "B"], [["", "x"], ["y", ""]])).toBe("A  B\n-  x\ny  -\n");
  });

  test("is the header alone when there are no rows", () => {
    expect(formatTable(["MODEL", "SIZE"], [])).toBe("MODEL  SIZE\n");
  });
});

describe("formatBytes()", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1049, "1.0 kB"],
    [22_940_000, "22.9 MB"],
    [1_500_000_000, "1.5 GB"],
    [2e12, "2.0 TB"],
    [1e15, "1000.0 TB"],
  ])("writes %d as %s", (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));

  test.each([
    [999_950, "1.0 MB"],
    [999_999_999, "1.0 GB"],
  ])("takes the next unit when %d rounds up to it: %s", (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));
});
