import { describe, expect, test } from "bun:test";
import { createConfigError, formatFound, formatProblem } from "../../src/config/problem.ts";

describe("formatProblem()", () => {
  test.each([
    [
      { where: "termite.yaml", key: "limits.inputs", found: '"many"', expected: "a whole number from 1 to 1000000" },
      'termite.yaml: limits.inputs: found "many", expected a whole number from 1 to 1000000',
    ],
    [{ where: "a.yaml", line: 3, column: 5, message: "bad indentation" }, "a.yaml:3:5: bad indentation"],
    [
      { where: "TERMITE_X", message: "unknown environment variable", suggestion: "TERMITE_Y" },
      'TERMITE_X: unknown environment variable, did you mean "TERMITE_Y"?',
    ],
  ])("writes %p in one line", (problem, line) => {
    expect(formatProblem(problem)).toBe(line);
  });
});

describe("formatFound()", () => {
  test.each([
    ["many", '"many"'],
    [60, "60"],
    [[1, "a"], '[1,"a"]'],
    [{ a: 1 }, '{"a":1}'],
    [null, "nothing"],
    [new Date("2024-01-01"), "the date 2024-01-01"],
    ["two\nlines", '"two\\nlines"'],
    ["http://user:secret@host", '"http://…@host"'],
    ["x".repeat(200), `"${"x".repeat(79)}…`],
  ])("writes %p as %p", (value, text) => {
    expect(formatFound(value)).toBe(text);
  });
});

describe("createConfigError()", () => {
  test("tells every problem in a line of its own and lists them in its details", () => {
    const problems = [
      { where: "a.yaml", key: "x", message: "unknown key" },
      { where: "--y", key: "y", found: "1", expected: "2" },
    ];
    const error = createConfigError(problems);
    expect(error.code).toBe("invalid_config");
    expect(error.message).toBe(
      "Cannot use the configuration: 2 problems\na.yaml: x: unknown key\n--y: y: found 1, expected 2",
    );
    expect(error.hint).toBe("termite config --schema");
    expect(error.details).toEqual({ problems });
  });
});
