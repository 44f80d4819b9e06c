import { describe, expect, test } from "bun:test";
import { chooseTarget } from "../../src/cli/target.ts";
import type { LoadedConfig } from "../../src/config/config.ts";
import { TermiteError } from "../../src/errors.ts";
import { TARGETS } from "../../src/target.ts";
import type { Target } from "../../src/target.ts";
import { catchThrown } from "./catch-thrown.ts";

interface Wish {
  priority?: readonly Target[];
  require?: Target;
}

function createLoaded({ priority, require }: Wish): LoadedConfig {
  const origin = priority === undefined ? "default" : "TERMITE_BACKEND_PRIORITY";
  return {
    config: { backendPriority: priority ?? TARGETS, requireTarget: require },
    values: { backend_priority: { value: priority, origin } },
  } as unknown as LoadedConfig;
}

describe("chooseTarget()", () => {
  test.each([
    ["the default list", {}, "onnx:cpu", null],
    ["a list and require_target, which counts over it", { priority: ["onnx:cuda", "onnx:cpu"], require: "onnx:cpu" }, "onnx:cpu", null],
    ["the default list and require_target", { require: "onnx:cpu" }, "onnx:cpu", null],
    ["a list that begins with what there is", { priority: ["onnx:cpu", "xla:cpu"] }, "onnx:cpu", null],
    ["a list that begins elsewhere", { priority: ["xla:cuda", "onnx:cpu"] }, "xla:cuda", 'this build has no "xla:cuda" engine'],
    ["the default list, typed by a person", { priority: TARGETS }, "onnx:cuda", 'this build has no "onnx:cuda" engine'],
  ] as [string, Wish, Target, string | null][])("takes onnx:cpu and says why when it is given %s", (_, wish, requested, reason) => {
    expect(chooseTarget(createLoaded(wish))).toEqual({ requested, actual: "onnx:cpu", reason });
  });

  test.each([
    [
      "no entry of the list can be used",
      { priority: ["onnx:cuda", "xla:cpu"] },
      'Cannot serve on any of backend_priority: this build has no "onnx:cuda" engine, this build cannot run models on "xla:cpu"',
      'Add "onnx:cpu" to backend_priority',
    ],
    [
      "require_target names what this build has not",
      { require: "xla:tpu" },
      'Cannot serve on "xla:tpu" as require_target asks: this build has no "xla:tpu" engine',
      "termite plugin list",
    ],
  ] as [string, Wish, string, string][])("throws target_unavailable when %s", (_, wish, message, hint) => {
    const error = catchThrown(() => chooseTarget(createLoaded(wish)));
    expect(error).toBeInstanceOf(TermiteError);
    expect(error).toMatchObject({ code: "target_unavailable", message, hint, exitCode: 1 });
  });
});
