import { describe, expect, test } from "bun:test";
import { formatFileProblem } from "../../../src/plugins/search/file-problem.ts";

const createError = (code: string) => Object.assign(new Error(`${code}: as the system says it`), { code });

describe("formatFileProblem()", () => {
  test.each([
    ["EACCES", "permission denied"],
    ["EPERM", "permission denied"],
    ["ENOTDIR", "a file where a folder should be"],
    ["ELOOP", "a link that leads back to itself"],
    ["EIO", "EIO: as the system says it"],
  ])("says what %s means", (code, words) => {
    expect(formatFileProblem(createError(code))).toBe(words);
  });

  test("throws what is no error of the file system", () => {
    expect(() => formatFileProblem(new TypeError("ours"))).toThrow(new TypeError("ours"));
  });
});
