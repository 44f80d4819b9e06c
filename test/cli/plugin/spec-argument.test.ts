import { expect, test } from "bun:test";
import { parsePlugin, parseSpecs } from "../../../src/cli/plugin/spec-argument.ts";
import { catchThrown } from "../catch-thrown.ts";

test("parseSpecs() reads each with its version", () => {
  expect(parseSpecs({ flags: {}, positionals: ["xla:cuda@0.12.0.1", "onnx:cuda"] })).toEqual([
    { plugin: "xla:cuda", version: "0.12.0.1" }, { plugin: "onnx:cuda" },
  ]);
});

test("parsePlugin() refuses a version by the command without it", () => {
  expect(parsePlugin("xla:tpu", "remove")).toBe("xla:tpu");
  expect(catchThrown(() => parsePlugin("xla:tpu@1", "remove"))).toMatchObject({
    code: "usage", message: 'Cannot run "termite plugin remove xla:tpu@1": it takes no version', hint: "termite plugin remove xla:tpu",
  });
});
