import { expect, test } from "bun:test";
import { findAliasProblems } from "../../src/config/aliases.ts";
import { formatProblem } from "../../src/config/problem.ts";

test.each<[Record<string, unknown>, string[]]>([
  [{ aliases: { "text-embedding-3-small": "bge", "nomic:v1.5": "a/b:int8", "x:tag": "owner/x:latest" }, models: { bge: {} } }, []],
  [{}, []],
  [{ aliases: { a: "b", b: "c" } }, ['t.yaml: aliases.a: found "b", which is an alias itself, expected the name of a model']],
  [{ aliases: { a: "a:latest" } }, ['t.yaml: aliases.a: found "a:latest", which is an alias itself, expected the name of a model']],
  [{ aliases: { "a:latest": "b" } }, ['t.yaml: aliases.a:latest: write it without ":latest", which means the same']],
  [
    { aliases: { "a b": "c", "/x": "c", "": "c" } },
    ["a b", "/x", ""].map((name) => `t.yaml: aliases.${name}: cannot be the name of a model`),
  ],
  [{ aliases: { a: "b" }, models: { a: { task: "embed" } } }, ["t.yaml: models.a: is an alias, write the name of its model"]],
])("findAliasProblems() says of %j %j", (known, lines) => {
  expect(findAliasProblems(known, "t.yaml").map(formatProblem)).toEqual(lines);
});
