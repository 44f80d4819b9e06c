import { describe, expect, test } from "bun:test";
import { compareShapes, parseCurl, parseExamples } from "./doc-examples.ts";

describe("parseExamples()", () => {
  test("takes each curl with the answer right under it, its status, and nothing else", () => {
    const markdown = [
      "Text.", "```sh", "npm start", "```", "```sh", "curl http://h/a -H 'x: y z' \\", "  -d '{\"a\": 1}'", "```", "",
      "```json 400", '{"list": [1, 2, …], "text": "ab…"}', "```", "```sh", "curl http://h/", "```", "says", "```json", "{}", "```",
      "```sh", "curl http://h/", "```", "```text", "a line", "```",
    ].join("\n");
    expect(parseExamples(markdown, "a.md")).toEqual([
      {
        place: "a.md:6", method: "POST", url: "http://h/a", headers: { x: "y z" }, body: '{"a": 1}', status: 400,
        answer: { kind: "json", value: { list: [1, 2], text: "ab…" } },
      },
      { place: "a.md:14", method: "GET", url: "http://h/", headers: {}, body: undefined, status: 200, answer: undefined },
      { place: "a.md:21", method: "GET", url: "http://h/", headers: {}, body: undefined, status: 200, answer: { kind: "text", value: "a line" } },
    ]);
  });
});

describe("parseCurl()", () => {
  test.each([["curl --compressed http://h/"], ['curl http://h/ -d "{}"'], ["wget http://h/"]])("throws for %s", (command) => {
    expect(() => parseCurl(command)).toThrow("Cannot parse an example");
  });
});

describe("compareShapes()", () => {
  test.each([
    [{ a: 1, b: ["x"] }, { b: ["y", "z"], a: 2 }, []],
    [[{ at: null }, { at: 1 }], [{ at: 2 }, { at: null }], []],
    [{ a: 1 }, { a: 1, b: 2 }, ["answer: found the keys a, b, documented a"]],
    [{ a: 1 }, { a: "1" }, ["answer.a: found string, documented number"]],
    [{ a: [[1]] }, { a: [[1], [null]] }, ["answer.a[1][0]: found null, documented number"]],
    [{ a: [1] }, { a: [] }, ["answer.a: found 0 elements, documented 1"]],
    [{ a: [] }, { a: [1] }, ["answer.a: found 1 elements, documented 0"]],
  ])("%j against %j is %j", (documented, found, problems) => {
    expect(compareShapes(documented, found)).toEqual(problems);
  });
});
