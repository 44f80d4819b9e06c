import { expect, test } from "bun:test";
import type { TargetFacts } from "../../src/cli/target.ts";
import { selectTargets } from "../../src/cli/usable-targets.ts";
import type { SearchResult } from "../../src/plugins/search/search-result.ts";
import type { Target } from "../../src/target.ts";

const BUNDLED = { "onnx:cpu": { version: "1.30.0" }, "xla:cpu": { version: "0.11.2" } };
const select = (found: Partial<Record<Target, SearchResult["found"]>>, unsupported: readonly Target[] = []) =>
  selectTargets((target): TargetFacts => {
    const own = found[target];
    const support = { isSupported: !unsupported.includes(target) };
    return { support, search: { target, places: [], ...(own !== undefined && { found: own }) } };
  }, BUNDLED);

test("selectTargets() takes what is inside, and no plugin that is not there", () => {
  expect(select({ "xla:cpu": { origin: "bundled" } })).toEqual([
    { target: "onnx:cpu", library: "onnxruntime", version: "1.30.0" },
    { target: "xla:cpu", library: "pjrt-cpu", version: "0.11.2" },
  ]);
});

test("selectTargets() takes installed plugins where the hardware is, the preferred first", () => {
  const found = { "onnx:cuda": { origin: "installed", version: "1.31.0" }, "xla:tpu": { origin: "installed", version: "2" } } as const;
  expect(select(found, ["xla:tpu"])).toEqual([
    { target: "onnx:cuda", library: "onnxruntime", version: "1.31.0" },
    { target: "onnx:cpu", library: "onnxruntime", version: "1.30.0" },
  ]);
});

test("selectTargets() says no version of a library that says none, least of all the bundled one's", () => {
  expect(select({ "onnx:cpu": { origin: "placed", libraryPath: "/l" } })).toEqual([
    { target: "onnx:cpu", library: "onnxruntime", version: "" },
  ]);
});
