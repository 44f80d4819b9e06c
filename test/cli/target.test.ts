import { describe, expect, test } from "bun:test";
import { explainAbsence, findAbsence, planTargets } from "../../src/cli/target.ts";
import type { TargetFacts } from "../../src/cli/target.ts";
import type { LoadedConfig } from "../../src/config/config.ts";
import { TermiteError } from "../../src/errors.ts";
import type { SearchPlace } from "../../src/plugins/search/search-result.ts";
import { TARGETS } from "../../src/target.ts";
import type { Target } from "../../src/target.ts";
import { catchThrown } from "./catch-thrown.ts";

interface Wish {
  priority?: readonly Target[];
  require?: Target;
}

function createLoaded({ priority, require }: Wish): Pick<LoadedConfig, "config" | "values"> {
  const origin = priority === undefined ? "default" : "TERMITE_BACKEND_PRIORITY";
  return {
    config: { backendPriority: priority ?? TARGETS, requireTarget: require },
    values: { backend_priority: { value: priority, origin } },
  } as unknown as LoadedConfig;
}

interface World {
  hasGpu?: boolean;
  installed?: readonly Target[];
  unaccepted?: string;
  places?: readonly SearchPlace[];
}

function createRead({ hasGpu = false, installed = [], unaccepted, places = [] }: World) {
  return (target: Target): TargetFacts => {
    const device = target.split(":")[1];
    const isSupported = device === "cpu" || (device === "cuda" && hasGpu);
    const reason = device === "cuda" ? "no NVIDIA GPU is found" : "no TPU is found";
    const isFound = device === "cpu" || installed.includes(target);
    return {
      support: isSupported ? { isSupported } : { isSupported, reason },
      search: { target, places, ...(isFound && { found: { origin: device === "cpu" ? "bundled" : "installed" } }) },
      ...(unaccepted !== undefined && installed.includes(target) && { unaccepted }),
    };
  };
}

const CPUS: readonly Target[] = ["onnx:cpu", "xla:cpu"];
const NOT_INSTALLED = "its plugin is not installed (termite plugin install onnx:cuda)";

describe("planTargets()", () => {
  test.each<[string, Wish, World, Target, readonly Target[], string | null]>([
    ["there is no GPU", {}, {}, "onnx:cpu", CPUS, null],
    ["there is a GPU and no plugin", {}, { hasGpu: true }, "onnx:cuda", CPUS, NOT_INSTALLED],
    ["there is a GPU with its plugin", {}, { hasGpu: true, installed: ["onnx:cuda"] }, "onnx:cuda", ["onnx:cuda", ...CPUS], null],
    [
      "only the second plugin is there", {}, { hasGpu: true, installed: ["xla:cuda"] },
      "onnx:cuda", ["xla:cuda", ...CPUS], NOT_INSTALLED,
    ],
    [
      "a plugin is there and no GPU", {}, { installed: ["onnx:cuda", "xla:tpu"] },
      "onnx:cpu", CPUS, null,
    ],
    [
      "a person's list names what the hardware cannot run", { priority: ["xla:tpu", "onnx:cpu"] }, {},
      "xla:tpu", ["onnx:cpu"], "no TPU is found",
    ],
    ["a person's list begins with what there is", { priority: ["xla:cpu"] }, {}, "xla:cpu", ["xla:cpu"], null],
    ["the default list is typed by a person", { priority: TARGETS }, {}, "onnx:cuda", CPUS, "no NVIDIA GPU is found"],
    ["a target is required", { require: "xla:cpu" }, {}, "xla:cpu", ["xla:cpu"], null],
    [
      "the installed version is too old", {}, { hasGpu: true, installed: ["onnx:cuda"], unaccepted: "1.20.0" },
      "onnx:cuda", CPUS,
      'its installed version "1.20.0" is not one that this build accepts (termite plugin update onnx:cuda)',
    ],
  ])("orders targets and says why when %s", (_, wish, world, requested, candidates, reason) => {
    expect(planTargets(createLoaded(wish), createRead(world))).toEqual({ requested, candidates, reason });
  });

  test.each<[string, Wish, World, string, string]>([
    [
      "no entry of the list can be used", { priority: ["onnx:cuda", "xla:tpu"] }, { hasGpu: true },
      'Cannot serve on any of backend_priority: "onnx:cuda": its plugin is not installed, "xla:tpu": no TPU is found',
      'Add "onnx:cpu" to backend_priority',
    ],
    [
      "the required target has no hardware", { require: "xla:tpu" }, {},
      'Cannot serve on "xla:tpu" as require_target asks: no TPU is found', "termite doctor",
    ],
    [
      "the required target has no plugin", { require: "xla:cuda" }, { hasGpu: true },
      'Cannot serve on "xla:cuda" as require_target asks: its plugin is not installed', "termite plugin install xla:cuda",
    ],
  ])("throws target_unavailable when %s", (_, wish, world, message, hint) => {
    const error = catchThrown(() => planTargets(createLoaded(wish), createRead(world)));
    expect(error).toBeInstanceOf(TermiteError);
    expect(error).toMatchObject({ code: "target_unavailable", message, hint, exitCode: 1 });
  });
});

test("findAbsence() names the place that was passed over when there is one", () => {
  const places = [{ name: "plugins_dir/onnx/cuda/current", outcome: "passed over", reason: "found no receipt" }] as const;
  expect(findAbsence(createRead({ hasGpu: true, places })("onnx:cuda"))).toEqual({
    reason: "passed over plugins_dir/onnx/cuda/current: found no receipt",
    remedy: "termite plugin install onnx:cuda",
  });
});

test("explainAbsence() is null when the target can be tried", () => {
  expect(explainAbsence("onnx:cpu", createRead({}))).toBeNull();
});
