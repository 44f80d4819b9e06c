import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import { parsePluginSpec } from "../../src/plugins/spec.ts";

describe("parsePluginSpec()", () => {
  test.each([
    ["xla:cuda@0.12.0.1", { target: "xla:cuda", backend: "xla", device: "cuda", version: "0.12.0.1" }],
    ["xla:tpu", { target: "xla:tpu", backend: "xla", device: "tpu", version: undefined }],
    ["onnx:cuda@1.31.1", { target: "onnx:cuda", backend: "onnx", device: "cuda", version: "1.31.1" }],
    ["onnx:cpu", { target: "onnx:cpu", backend: "onnx", device: "cpu", version: undefined }],
  ] as const)("reads %s", (text, expected) => {
    expect(parsePluginSpec(text)).toEqual(expected);
  });

  const known = 'Choose one of "onnx:cuda", "xla:cuda", "xla:tpu", "onnx:cpu", "xla:cpu"';
  test.each([
    ["xla:cud", 'Cannot use the plugin "xla:cud": there is no such plugin', 'Did you mean "xla:cuda"?'],
    ["xla:tpuu@1.0", 'Cannot use the plugin "xla:tpuu@1.0": there is no such plugin', 'Did you mean "xla:tpu"?'],
    ["tensorrt", 'Cannot use the plugin "tensorrt": there is no such plugin', known],
    ["", 'Cannot use the plugin "": there is no such plugin', known],
    ["xla:cuda@", 'Cannot use the plugin "xla:cuda@": found version ""', 'Write it as "xla:cuda@1.2.3"'],
    ["xla:cuda@../1", 'Cannot use the plugin "xla:cuda@../1": found version "../1"', 'Write it as "xla:cuda@1.2.3"'],
    ["xla:cuda@1\n", 'Cannot use the plugin "xla:cuda@1\\n": found version "1\\n"', 'Write it as "xla:cuda@1.2.3"'],
  ])("refuses %p", (text, message, hint) => {
    try {
      parsePluginSpec(text);
    } catch (error) {
      expect(error).toBeInstanceOf(TermiteError);
      expect(error).toMatchObject({ code: "invalid_spec", message, hint });
      return;
    }
    throw new Error("expected a failure");
  });
});
