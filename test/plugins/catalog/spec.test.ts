import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { parsePluginSpec } from "../../../src/plugins/catalog/spec.ts";
import type { PluginSpec } from "../../../src/plugins/catalog/spec.ts";

function catchSpecError(text: string): TermiteError {
  try {
    parsePluginSpec(text);
  } catch (error) {
    if (error instanceof TermiteError) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

const KNOWN = '"xla:cuda", "xla:tpu", "onnx:cuda"';

describe("parsePluginSpec()", () => {
  const good: [string, PluginSpec][] = [
    ["xla:cuda", { plugin: "xla:cuda" }],
    ["xla:tpu", { plugin: "xla:tpu" }],
    ["onnx:cuda", { plugin: "onnx:cuda" }],
    ["xla:cuda@0.12.0.1", { plugin: "xla:cuda", version: "0.12.0.1" }],
    ["onnx:cuda@1.32.0rc1", { plugin: "onnx:cuda", version: "1.32.0rc1" }],
  ];
  test.each(good)("reads %j", (text, spec) => {
    expect(parsePluginSpec(text)).toEqual(spec);
  });

  const bad: [text: string, found: string, hint: string][] = [
    ["xla:cude", `"xla:cude" as a plugin: the known ones are ${KNOWN}`, 'Did you mean "xla:cuda"?'],
    ["XLA:TPU", `"XLA:TPU" as a plugin: the known ones are ${KNOWN}`, 'Did you mean "xla:tpu"?'],
    ["onx:cuda@1.31.1", `"onx:cuda" as a plugin: the known ones are ${KNOWN}`, 'Did you mean "onnx:cuda"?'],
    ["rocm", `"rocm" as a plugin: the known ones are ${KNOWN}`, "termite plugin list"],
    ["", `"" as a plugin: the known ones are ${KNOWN}`, "termite plugin list"],
    ["@0.12.0.1", `"" as a plugin: the known ones are ${KNOWN}`, "termite plugin list"],
    [" xla:cuda", `" xla:cuda" as a plugin: the known ones are ${KNOWN}`, 'Did you mean "xla:cuda"?'],
    ["rocm\n", `"rocm\\n" as a plugin: the known ones are ${KNOWN}`, "termite plugin list"],
    [
      "onnx:cuda:1",
      '"onnx:cuda:1" as a plugin: the number of a device is reserved',
      'Write "onnx:cuda", which is for all devices',
    ],
    [
      "xla:tpu:0@0.0.52",
      '"xla:tpu:0" as a plugin: the number of a device is reserved',
      'Write "xla:tpu", which is for all devices',
    ],
    ["xla:rocm:1", `"xla:rocm:1" as a plugin: the known ones are ${KNOWN}`, "termite plugin list"],
    [
      "onnx:cpu",
      '"onnx:cpu" as a plugin: it is bundled',
      `Nothing has to be installed for it; the plugins are ${KNOWN}`,
    ],
    ["xla:cpu@1", '"xla:cpu" as a plugin: it is bundled', `Nothing has to be installed for it; the plugins are ${KNOWN}`],
    [
      "xla:cuda@",
      '"xla:cuda@" as a plugin: found no version behind "@"',
      'Write "xla:cuda" for the version of this build',
    ],
    [
      "xla:cuda@../1",
      '"xla:cuda@../1" as a plugin: found the version "../1"',
      'Write "xla:cuda" for the version of this build',
    ],
    [
      "xla:cuda@1@2",
      '"xla:cuda@1@2" as a plugin: found the version "1@2"',
      'Write "xla:cuda" for the version of this build',
    ],
  ];
  test.each(bad)("refuses %j", (text, found, hint) => {
    const { code, message, hint: said } = catchSpecError(text);
    expect({ code, message, hint: said }).toEqual({ code: "unknown_plugin", message: `Cannot use ${found}`, hint });
  });
});
