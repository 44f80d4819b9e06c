import { describe, expect, test } from "bun:test";
import { fitWidths, formatTable, wrapText } from "../../src/cli/table.ts";

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

describe("formatTable() with a width", () => {
  test("wraps long cells at blanks and inside words, and keeps narrow columns whole", () => {
    const rows = [["onnx:cpu", "/a/very/long/path/without/any/blank", "because it is so"]];
    expect(formatTable(["NAME", "PATH", "WHY"], rows, { width: 40 })).toBe(
      [
        "NAME      PATH            WHY",
        "onnx:cpu  /a/very/long/p  because it is",
        "          ath/without/an  so",
        "          y/blank",
        "",
      ].join("\n"),
    );
  });

  test("counts wide characters as two columns when it wraps", () => {
    expect(formatTable(["N", "X"], [["模型模型模型模型", "1"]], { width: 11 })).toBe("N         X\n模型模型  1\n模型模型\n");
  });

  test("is as without a width when everything fits", () => {
    const rows = [["a", "b"]];
    expect(formatTable(["A", "B"], rows, { width: 4 })).toBe(formatTable(["A", "B"], rows));
  });

  test("makes only the header bold when colours are wanted", () => {
    expect(formatTable(["A", "B"], [["a", "b"]], { color: true })).toBe("\u001b[1mA  B\u001b[22m\na  b\n");
  });

  test.each([20, 40, 57, 80, 200])("writes no line wider than %d columns", (width) => {
    const rows = [["x".repeat(90), "word ".repeat(40), "模".repeat(30)], ["a", "", "b"]];
    for (const line of formatTable(["ONE", "TWO", "THREE"], rows, { width }).split("\n")) {
      expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.max(width, 28));
    }
  });
});

describe("fitWidths()", () => {
  test.each<[number[], number, number[]]>([
    [[4, 6], 10, [4, 6]],
    [[4, 60], 30, [4, 26]],
    [[4, 60, 60], 44, [4, 20, 20]],
    [[90, 4, 90, 10], 60, [23, 4, 23, 10]],
    [[60, 60], 4, [8, 8]],
  ])("fits %j into %d as %j", (natural, available, expected) => {
    expect(fitWidths(natural, available)).toEqual(expected);
  });
});

describe("wrapText()", () => {
  test.each<[string, number, string[]]>([
    ["fits", 4, ["fits"]],
    ["two words", 5, ["two", "words"]],
    ["abcdefgh", 3, ["abc", "def", "gh"]],
    ["", 5, [""]],
  ])("wraps %j to %d as %j", (text, width, lines) => expect(wrapText(text, width)).toEqual(lines));
});
