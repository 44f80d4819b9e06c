import { describe, expect, test } from "bun:test";
import { formatModelId, parseModelName } from "../../src/models/model-name.ts";

describe("parseModelName()", () => {
  test.each([
    ["x", { kind: undefined, path: "x", variant: undefined }],
    ["x:latest", { kind: undefined, path: "x", variant: undefined }],
    ["x:int8", { kind: undefined, path: "x", variant: "int8" }],
    ["BAAI/bge-small-en-v1.5:fp16", { kind: undefined, path: "BAAI/bge-small-en-v1.5", variant: "fp16" }],
    ["embedders/x", { kind: "embedders", path: "x", variant: undefined }],
    ["rerankers/owner/x:q4", { kind: "rerankers", path: "owner/x", variant: "q4" }],
  ] as const)("gives kind, path and variant of %p", (text, name) => {
    expect(parseModelName(text)).toEqual(name);
  });

  test.each([
    "", "/", "/etc/passwd", "..", ".", "../x", "x/..", "x/../y", "a/b/c", "embedders", "embedders/", "embedders/..",
    "x/", "x//y", "x\0", "x:\0", "x:../y", "x:a:b", "x:", "x\\y", ".hidden", "x/.git", "x\n", "y".repeat(513),
    "embedders/a/b/c", "%2e%2e/\u0007",
  ])("throws model_not_found when the name is %p", (text) => {
    expect(() => parseModelName(text)).toThrow(/^Cannot find model ".*": no such model in the models folder$/);
  });

  test("quotes and cuts the name in the message when it is hostile", () => {
    expect(() => parseModelName(`..\n${"y".repeat(500)}`)).toThrow(
      `Cannot find model "..\\n${"y".repeat(117)}…": no such model in the models folder`,
    );
  });
});

test("formatModelId() puts the variant behind the path when there is one", () => {
  expect([formatModelId("a/b", undefined), formatModelId("a/b", "int8")]).toEqual(["a/b", "a/b:int8"]);
});
