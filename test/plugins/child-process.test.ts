import { describe, expect, test } from "bun:test";
import { findAnswer, formatAnswer } from "../../src/plugins/child-process.ts";

describe("findAnswer()", () => {
  test.each([
    ["the only answer", formatAnswer({ a: 1 }), { a: 1 }],
    ["the last answer", formatAnswer({ a: 1 }) + formatAnswer({ a: 2 }), { a: 2 }],
    ["an answer behind a line without an end", `noise${formatAnswer("x")}more noise`, "x"],
    ["the answer before one that is cut", `${formatAnswer({ a: 1 })}${formatAnswer({ a: 2 }).slice(0, -3)}`, { a: 1 }],
    ["the answer before one that is torn", `${formatAnswer([1])}termite-answer {"a":lo and behold1}\n`, [1]],
    ["nothing in an empty output", "", undefined],
    ["nothing in other output", "an answer\n{}\n", undefined],
  ])("gives %s", (_, stdout, answer) => {
    expect(findAnswer(stdout)).toEqual(answer);
  });
});
