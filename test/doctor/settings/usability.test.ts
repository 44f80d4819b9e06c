import { describe, expect, test } from "bun:test";
import type { EngineFacts, ProbedFacts } from "../../../src/doctor/engines/engine.ts";
import { resolveBackendPriority, resolveRequireTarget } from "../../../src/doctor/settings/targets.ts";
import { findProblem } from "../../../src/doctor/settings/usability.ts";
import type { TargetFacts } from "../../../src/doctor/settings/usability.ts";
import type { SearchResult } from "../../../src/plugins/search/search-result.ts";
import { createHardware } from "../hardware.ts";

const FOUND: SearchResult = { target: "xla:cuda", places: [], found: { origin: "installed", libraryPath: "/x.so" } };
const NOTHING: SearchResult = { target: "xla:cuda", places: [{ name: "a", outcome: "absent" }] };
const REFUSED: SearchResult = { target: "xla:cuda", places: [{ name: "a", outcome: "passed over", reason: 'found "x.so", which is empty' }] };
const GPU = createHardware({ nvidia: { state: "usable", found: "1 GPU" } });
const OLD = createHardware({ nvidia: { state: "driver_too_old", found: "driver 470", remedy: "Update it" } });
const RUNS: ProbedFacts = {
  kind: "probed",
  target: "xla:cuda",
  isBundled: false,
  foreign: [],
  outcome: { ok: true, report: { stage: "product", devices: [], mapped: [] }, ms: 1 },
};
const BROKEN = { ok: false, stage: "load", reason: "it is broken", ms: 1 } as const;
const FAILS: EngineFacts = { ...RUNS, outcome: BROKEN };
const LACKING = "libstdc++.so.6: cannot open shared object file: No such file or directory";
const LACKS: EngineFacts = { ...RUNS, outcome: { ...BROKEN, reason: LACKING } };
const CANNOT: EngineFacts = { kind: "unavailable", target: "xla:cuda", reason: "no space", isBundled: true };

describe("findProblem()", () => {
  const cases: [string, Partial<TargetFacts>, [string, string] | undefined][] = [
    ["everything is there", {}, undefined],
    ["the driver is too old", { hardware: OLD, search: NOTHING }, ["driver 470", "Update it"]],
    ["there is no GPU", { hardware: createHardware({}) }, ["no NVIDIA GPU", "termite plugin list"]],
    ["there is no TPU", { target: "xla:tpu" }, ["no TPU", "termite plugin list"]],
    ["there is no library", { search: NOTHING }, ["found no library of it", "termite plugin install xla:cuda"]],
    ["the library was passed over", { search: REFUSED }, ['found "x.so", which is empty', "termite plugin install xla:cuda"]],
    ["the engine fails", { engine: FAILS }, ["it is broken", "termite plugin list"]],
    [
      "the engine lacks a library of the system",
      { engine: LACKS },
      [LACKING, 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"'],
    ],
    ["a person's own library fails and the one inside serves", { engine: { ...RUNS, isBundled: true, own: BROKEN } }, undefined],
    ["the library cannot be had", { engine: CANNOT }, ["no space", "termite plugin list"]],
    ["it is a CPU and there is no GPU", { target: "xla:cpu", hardware: createHardware({}) }, undefined],
  ];
  test.each(cases)("gives the nearest reason when %s", (_, facts, expected) => {
    const problem = findProblem({ target: "xla:cuda", hardware: GPU, search: FOUND, engine: RUNS, ...facts });
    expect(problem === undefined ? undefined : [problem.reason, problem.remedy]).toEqual(expected);
  });
});

const PROBLEM = { target: "xla:cuda", reason: "no NVIDIA GPU", remedy: "Get one" } as const;

test("resolveRequireTarget() fails when the target cannot be used", () => {
  expect(resolveRequireTarget(undefined, undefined)).toEqual({ status: "ok", found: "require_target is not set" });
  expect(resolveRequireTarget("xla:cuda", undefined)).toEqual({ status: "ok", found: 'require_target "xla:cuda" can be used' });
  expect(resolveRequireTarget("xla:cuda", PROBLEM)).toEqual({
    status: "fail",
    found: 'require_target "xla:cuda" cannot be used: no NVIDIA GPU',
    needed: 'a machine and a library that "xla:cuda" works with, or no require_target',
    remedy: "Get one",
  });
});

describe("resolveBackendPriority()", () => {
  const first = '"onnx:cpu" is the first of backend_priority that can be used';

  test.each([
    ["of the default list", []],
    ["that a bare word stands for", ["onnx:cpu"]],
  ] as const)("is fine when entries %s cannot be used", (_, named) => {
    const facts = { targets: ["xla:cuda", "onnx:cpu"], problems: [PROBLEM], named } as const;
    expect(resolveBackendPriority(facts)).toEqual({ status: "ok", found: first });
  });

  test("is fine when every entry of a written list can be used", () => {
    expect(resolveBackendPriority({ targets: ["onnx:cpu"], problems: [], named: ["onnx:cpu"] })).toEqual({ status: "ok", found: first });
  });

  test("fails when a person named what cannot be used", () => {
    const other = { target: "onnx:cuda", reason: "no GPU at all", remedy: "Get two" } as const;
    const facts = { targets: ["onnx:cuda", "xla:cuda", "onnx:cpu"], problems: [other, PROBLEM], named: ["xla:cuda"] } as const;
    expect(resolveBackendPriority(facts)).toEqual({
      status: "fail",
      found: 'backend_priority names what cannot be used: "xla:cuda": no NVIDIA GPU; "onnx:cpu" serves instead',
      needed: "only devices that can be used",
      remedy: "Get one",
    });
  });

  test("fails with the remedy of the CPU when no entry can be used, whoever wrote the list", () => {
    const cpu = { target: "onnx:cpu", reason: "no space", remedy: "Free some" } as const;
    expect(resolveBackendPriority({ targets: ["xla:cuda", "onnx:cpu"], problems: [PROBLEM, cpu], named: [] })).toEqual({
      status: "fail",
      found: 'no entry of backend_priority can be used: "xla:cuda": no NVIDIA GPU; "onnx:cpu": no space',
      needed: "at least one",
      remedy: "Free some",
    });
  });
});
