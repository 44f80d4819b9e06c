import { describe, expect, test } from "bun:test";
import { hidePaths } from "../../src/server/hide-paths.ts";

describe("hidePaths()", () => {
  test.each([
    [
      "a quoted path",
      'Cannot load "x": Load model from "/srv/a b/m/model.onnx" failed',
      'Cannot load "x": Load model from "model.onnx" failed',
    ],
    ["a bare path", "Load model from /srv/m/model.onnx failed: bad", "Load model from model.onnx failed: bad"],
    ["a path with a line", "error at (/build/src/x.cc:12)", "error at (x.cc:12)"],
    ["two paths", "/a/b and /c/d", "b and d"],
    ["a model id", 'Cannot load the model "BAAI/bge": cut', 'Cannot load the model "BAAI/bge": cut'],
  ])("hides %s", (_, message, shown) => {
    expect(hidePaths(message)).toBe(shown);
  });
});
