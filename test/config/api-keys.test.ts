import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { ApiKeysSchema, createApiKeys, describeSecret } from "../../src/config/api-keys.ts";
import { createFileLayer } from "../../src/config/file-layer.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { parseEnvironment } from "../../src/config/text-layer.ts";

const PLAIN = "correct-horse-battery";
/** What `printf %s correct-horse-battery | sha256sum` says. */
const HEX = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
const OTHER = "0".repeat(64);

const text = '"sha256:" and 64 hexadecimal digits, or a key of 16 to 512 visible ASCII characters';
const entry = `${text}, or a map: name, key or hash, and tasks or models that it is limited to`;
const tasks = "one of embed, rerank, classify, recognize, sparse";

const listProblems = (value: unknown): string[] =>
  createFileLayer({ api_keys: value }, { shown: "t.yaml", path: "/t.yaml", baseDir: "/" }).problems.map(formatProblem);

describe("createApiKeys()", () => {
  test("keeps of a key its hash, its name and what it is limited to", () => {
    const entries = v.parse(ApiKeysSchema, [
      PLAIN,
      `sha256:${OTHER.slice(1)}A`,
      { name: "search", key: `${PLAIN}!`, tasks: ["rerank", "embed", "rerank"], models: ["bge:int8"] },
      { name: "ops.1", hash: `sha256:${OTHER}` },
    ]);
    expect(createApiKeys(entries)).toEqual([
      { name: "key-1", sha256: HEX },
      { name: "key-2", sha256: `${OTHER.slice(1)}a` },
      { name: "search", sha256: expect.stringMatching(/^[0-9a-f]{64}$/), tasks: ["embed", "rerank"], models: ["bge:int8"] },
      { name: "ops.1", sha256: OTHER },
    ]);
  });
});

describe("ApiKeysSchema", () => {
  test.each<[unknown, string]>([
    ["secret-secret-secret", "api_keys: found a text of 20 characters, expected a list of keys"],
    [null, "api_keys: found nothing, expected a list of keys"],
    [[], "api_keys: found an empty list, expected at least one key"],
    [["secret"], `api_keys[0]: found a text of 6 characters, expected ${entry}`],
    [["secret secret secret"], `api_keys[0]: found a text of 20 characters, expected ${entry}`],
    [[`sha256:${"z".repeat(64)}`], `api_keys[0]: found a text of 71 characters, expected ${entry}`],
    [[PLAIN, 1234567890123456], `api_keys[1]: found a number, expected ${entry}`],
    [[{ "secret-secret-secret": "embed" }], `api_keys[0]: found a map, expected ${entry}`],
    [[{ key: PLAIN }], `api_keys[0]: found a map, expected ${entry}`],
    [[{ name: "a", key: PLAIN, nmae: 1 }], `api_keys[0]: found a map, expected ${entry}`],
    [[{ name: "a" }], "api_keys[0]: found a map, expected either key or hash"],
    [[{ name: "a", key: PLAIN, hash: `sha256:${HEX}` }], "api_keys[0]: found a map, expected either key or hash"],
    [[{ name: "a", key: "secret" }], "api_keys[0].key: found a text of 6 characters, expected 16 to 512 visible ASCII characters"],
    [[{ name: "a", key: `sha256:${HEX}` }], "api_keys[0].key: found a text of 71 characters, expected 16 to 512 visible ASCII characters"],
    [[{ name: "a", hash: HEX }], 'api_keys[0].hash: found a text of 64 characters, expected "sha256:" and 64 hexadecimal digits'],
    [[{ name: "a b", key: PLAIN }], 'api_keys[0].name: found "a b", expected 1 to 64 letters, digits, dots, dashes and underscores'],
    [[{ name: "a", key: PLAIN, tasks: ["embed", "rernk"] }], `api_keys[0].tasks: found "rernk", expected ${tasks}`],
    [[{ name: "a", key: PLAIN, tasks: [] }], "api_keys[0].tasks: found [], expected a list of tasks, at least one"],
    [[{ name: "a", key: PLAIN, models: [] }], "api_keys[0].models: found [], expected a list of names of models, at least one"],
    [[{ name: "a", key: PLAIN, models: ["/etc"] }], 'api_keys[0].models: found "/etc", expected a list of names of models, at least one'],
    [[PLAIN, { name: "key-1", hash: `sha256:${OTHER}` }], "api_keys: found a list, expected each name once"],
    [[PLAIN, { name: "a", hash: `sha256:${HEX}` }], "api_keys: found a list, expected each key once"],
  ])("refuses %j without showing a key", (value, line) => {
    expect(listProblems(value)).toEqual([`t.yaml: ${line}`]);
  });

  test("refuses what the environment holds without showing it", () => {
    const problems = (list: string) => parseEnvironment({ TERMITE_API_KEYS: list }, "/").problems.map(formatProblem);
    expect(problems(`${PLAIN}, secret`)).toEqual([
      `TERMITE_API_KEYS: api_keys[1]: found a text of 6 characters, expected ${entry}`,
    ]);
    expect(problems(" , ")).toEqual(["TERMITE_API_KEYS: api_keys: found an empty list, expected at least one key"]);
    expect(problems(`${PLAIN},sha256:${OTHER}`)).toEqual([]);
  });
});

test.each<[unknown, string]>([
  [undefined, "nothing"],
  [["a"], "a list"],
  [[], "an empty list"],
  [true, "a boolean"],
  [{ a: 1 }, "a map"],
  ["abc", "a text of 3 characters"],
])("describeSecret() says of %p only that it is %s", (value, words) => {
  expect(describeSecret(value)).toBe(words);
});
