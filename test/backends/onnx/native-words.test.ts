import { expect, test } from "bun:test";
import { formatNativeWords } from "../../../src/backends/onnx/native-words.ts";

const GRAPH = "/home/a b/models/x/model.onnx";
/** [ONNX Runtime's text, ours]; the texts are literal but for the path. */
const TABLE = [
  [`Load model from ${GRAPH} failed:Protobuf parsing failed.`, "Protobuf parsing failed"],
  [`Load model from ${GRAPH} failed:Load model ${GRAPH} failed. File doesn't exist`, "File doesn't exist"],
  [
    'Load model from /m/model.onnx failed:This is an invalid model. Error No Op registered for Nope with domain_version of 17',
    "This is an invalid model. Error No Op registered for Nope with domain_version of 17",
  ],
  [
    "Non-zero status code returned while running Gather node. Name:'' Status Message: indices element out of data bounds, idx=999",
    "Gather: indices element out of data bounds, idx=999",
  ],
  [
    "Non-zero status code returned while running Add node. Name:'/layer.0/Add' Status Message: axis == 1 was false.",
    'Add "/layer.0/Add": axis == 1 was false',
  ],
  [
    "/onnxruntime_src/onnxruntime/core/graph/model.cc:181 onnxruntime::Model::Model(ModelProto&&, const PathString&) Unsupported model IR version: 99, max supported IR version: 13",
    "Unsupported model IR version: 99, max supported IR version: 13",
  ],
  ["filesystem error: cannot get file size: No such file or directory [/home/a b/models/x/model.onnx_data]",
    "filesystem error: cannot get file size: No such file or directory [model.onnx_data]"],
  ["open file \"/srv/other/place/weights.bin\" fail", 'open file "weights.bin" fail'],
] as const;

for (const [words, expected] of TABLE) {
  test(`formatNativeWords() gives "${expected.slice(0, 50)}…"`, () => {
    expect(formatNativeWords(words, GRAPH)).toBe(expected);
  });
}

test("formatNativeWords() ends when a message is one word of 300,000 characters", () => {
  expect(formatNativeWords("a".repeat(300_000))).toHaveLength(300_000);
});
