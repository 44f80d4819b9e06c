import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { createNvmlReader, listBundled } from "../../src/cli/machine.ts";
import { createSystem } from "../../src/plugins/detect/system.ts";
import { createRunChild } from "../../src/plugins/run-child.ts";
import type { AssetInfo } from "../../src/runtime/assets.ts";

const onnx: AssetInfo = { name: "libonnxruntime", version: "1.30.0", sha256: "", sizeBytes: 30, packedBytes: 10, fileName: "libonnxruntime.so.1" };

describe("listBundled()", () => {
  test("gives each engine inside with its own version and its size when extracted", () => {
    const pjrt: AssetInfo = { ...onnx, name: "pjrt-cpu", sizeBytes: 200 };
    const engines = { onnxruntime: "1.30.0", "pjrt-cpu": "0.11.2", tokenizers: "0.23.2", bun: "1.4.5" };
    expect(listBundled({ version: "0.1.0", build: "b", engines, assets: [onnx, pjrt] })).toEqual({
      "onnx:cpu": { version: "1.30.0", sizeBytes: 30 },
      "xla:cpu": { version: "0.11.2", sizeBytes: 200 },
    });
  });

  test("leaves out what the build for this platform lacks, and has nothing when run from source", () => {
    const build = { version: "0.1.0", build: "b", engines: { onnxruntime: "1.30.0" }, assets: [onnx] };
    expect(listBundled(build)).toEqual({ "onnx:cpu": { version: "1.30.0", sizeBytes: 30 } });
    expect(listBundled({ ...build, engines: { bun: "1.4.5" }, assets: [] })).toEqual({});
  });
});

describe("createNvmlReader()", () => {
  test("gets NVML's own word from a child of the program, be it that there is no NVML", async () => {
    const environment = { PATH: process.env["PATH"] ?? "" };
    const system = createSystem({ environment, platform: { os: process.platform, arch: process.arch }, root: "/" });
    const runChild = createRunChild([process.execPath, resolve(import.meta.dir, "../../src/main.ts"), "__probe"]);
    const answer = await createNvmlReader(system, runChild)();
    const isWord = answer !== undefined && (!("error" in answer) || answer.isMissing === true);
    expect({ answer, isWord }).toMatchObject({ isWord: true });
  });
});
