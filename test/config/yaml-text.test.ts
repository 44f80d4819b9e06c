import { describe, expect, test } from "bun:test";
import { checkYamlText } from "../../src/config/yaml-text.ts";
import { formatProblem } from "../../src/config/problem.ts";

async function listProblems(text: string): Promise<string[]> {
  const check = await checkYamlText(text, "f.yaml");
  return check.kind === "problems" ? check.problems.map(formatProblem) : [];
}

describe("checkYamlText()", () => {
  test.each(["", "\n", "# only\n  # comments\n", "\uFEFF", "---\n", "~\n"])("takes %p as empty", async (text) => {
    expect(await checkYamlText(text, "f.yaml")).toEqual({ kind: "empty" });
  });

  test.each(["preload: []", '{"preload": ["a"], "limits": {"inputs": 3}}', "a: &unused 1", "a: 2024-01-01"])(
    "takes %p as data",
    async (text) => {
      expect(await checkYamlText(text, "f.yaml")).toEqual({ kind: "data" });
    },
  );

  const special = 'keys that start with "$" and the key "<<" are not allowed';
  test.each([
    ["limits:\n  a: 1\n   b: 2", ["f.yaml:3:5: bad indentation of a mapping entry"]],
    ["a: 1\na: 2", ["f.yaml:2:1: duplicated mapping key"]],
    ["a:\n\t- 1", ["f.yaml:2:1: tab characters must not be used in indentation"]],
    ["a: 1\n---\nb: 2", ["f.yaml: expected a single document in the stream, but found more"]],
    ["a: !!js/function 'x'", ["f.yaml:1:4: unknown scalar tag !<tag:yaml.org,2002:js/function>"]],
    ["a: !!binary aGk=", ["f.yaml:1:4: unknown scalar tag !<tag:yaml.org,2002:binary>"]],
    ["a: &x 1\nb: *x", ["f.yaml:2:5: aliases are not allowed"]],
    ["a: *nope", ["f.yaml:1:5: aliases are not allowed"]],
    ["[1]", ["f.yaml: found [1], expected a map of settings"]],
    ["2024-01-01", ['f.yaml: found "2024-01-01", expected a map of settings']],
    [
      "$env: {a: 1}\nlimits: {$x: 3}\nl: [{$y: 1}]",
      [`f.yaml: $env: ${special}`, `f.yaml: limits.$x: ${special}`, `f.yaml: l.0.$y: ${special}`],
    ],
    ["<<: {a: 1}", [`f.yaml: <<: ${special}`]],
  ])("refuses %p", async (text, lines) => {
    expect(await listProblems(text)).toEqual(lines);
  });

  test("refuses a bomb of aliases before it grows", async () => {
    const levels = Array.from({ length: 30 }, (_, at) => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]`);
    expect(await listProblems(["l0: &l0 [x]", ...levels].join("\n"))).toEqual(["f.yaml:2:11: aliases are not allowed"]);
  });

  test("refuses a nest deeper than the parser allows", async () => {
    expect(await listProblems(`a: ${"[".repeat(5000)}${"]".repeat(5000)}`)).toHaveLength(1);
  });
});
