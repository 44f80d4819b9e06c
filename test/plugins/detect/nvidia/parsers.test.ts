import { describe, expect, test } from "bun:test";
import type { Gpu } from "../../../../src/plugins/detect/hardware.ts";
import { findCudaMajor } from "../../../../src/plugins/detect/nvidia/cuda-floors.ts";
import { parseNvrmVersion } from "../../../../src/plugins/detect/nvidia/driver-version.ts";
import { isWslKernel } from "../../../../src/plugins/detect/nvidia/facts.ts";
import { parseGpuInformation } from "../../../../src/plugins/detect/nvidia/file-gpus.ts";
import { formatGpu } from "../../../../src/plugins/detect/nvidia/findings.ts";
import { parseTegraRelease } from "../../../../src/plugins/detect/nvidia/jetson.ts";
import { parseVisibleDevices, selectVisible } from "../../../../src/plugins/detect/nvidia/visible-devices.ts";

describe("parseVisibleDevices()", () => {
  test.each([
    ["", []], ["-1", []], ["none", []], ["NoDevFiles", []], [",0", []],
    ["0", ["0"]], ["1, 0", ["1", "0"]], ["0,-1,1", ["0"]], ["0,x,1", ["0"]],
    ["GPU-8a56a4bc,MIG-GPU-8a56/7/0,MIG-11c2", ["GPU-8a56a4bc", "MIG-GPU-8a56/7/0", "MIG-11c2"]],
  ])("keeps of %p what CUDA keeps", (text, entries) => {
    expect(parseVisibleDevices(text)).toEqual(entries.length === 0 ? { kind: "none", text } : { kind: "list", text, entries });
  });

  test("is all of them when the variable is not set", () => expect(parseVisibleDevices(undefined)).toEqual({ kind: "all" }));
});

describe("selectVisible()", () => {
  const gpus: Gpu[] = [0, 1, 2].map((index) => ({ index, name: "NVIDIA L4", uuid: `GPU-${index}aaa-bbbb` }));

  test.each([
    [undefined, [0, 1, 2]], ["", []], ["2,0", [2, 0]], ["0,7,1", [0]], ["7", []], ["1,1", [1]],
    ["GPU-2AAA", [2]], ["GPU-9", []], ["MIG-GPU-1aaa-bbbb/7/0", [1]], ["MIG-0f3c", [0]],
  ])("selects by %p", (text, indexes) => {
    expect(selectVisible(parseVisibleDevices(text), gpus).map((gpu) => gpu.index)).toEqual(indexes);
  });
});

describe("parseNvrmVersion()", () => {
  test.each([
    ["NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version:  12.2.0\n", "535.183.01"],
    ["NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22)  Sun\n", "580.65.06"],
    ["NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  580.65.06  Release Build\n", "580.65.06"],
    ["GCC version:  gcc version 12.2.0 \n", undefined],
    ["", undefined],
  ])("parses %p", (text, expected) => expect(parseNvrmVersion(text)).toBe(expected));
});

describe("parseGpuInformation()", () => {
  test("reads name, id and minor number", () => {
    const text = "Model: \t\t Tesla T4\nIRQ:   \t\t 0\nGPU UUID: \t GPU-8a56a4bc\nDevice Minor: \t 3\n";
    expect(parseGpuInformation(text)).toEqual({ name: "Tesla T4", uuid: "GPU-8a56a4bc", minor: 3 });
  });
  test("leaves the id out when the GPU has not been used yet", () => {
    const text = "Model: \t\t Tesla T4\nGPU UUID: \t GPU-????????-????\nDevice Minor: \t 0\n";
    expect(parseGpuInformation(text)).toEqual({ name: "Tesla T4", minor: 0 });
  });
  test("is nothing when the file is something else", () => expect(parseGpuInformation("")).toBeUndefined());
});

describe("parseTegraRelease()", () => {
  test("reads the version of L4T", () => {
    expect(parseTegraRelease("# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\n")).toBe("36.4.3");
    expect(parseTegraRelease("")).toBeUndefined();
  });
});

describe("findCudaMajor()", () => {
  test.each([
    ["580.65.06", "7.5", 13], ["580.65.06", "7.0", 12], ["580.65.06", undefined, 13], ["580.65.06", "5.0", undefined],
    ["570.133.07", "9.0", 12], ["525.60.13", "5.2", 12], ["525.60.11", "9.0", undefined], ["470.57", undefined, undefined],
  ] as const)("gives for driver %p and capability %p", (driver, capability, expected) => {
    expect(findCudaMajor(driver, capability)).toBe(expected);
  });
});

describe("formatGpu()", () => {
  test("leaves out what is not known", () => {
    expect(formatGpu({ index: 0, name: "NVIDIA GB10", computeCapability: "12.1" })).toBe("NVIDIA GB10 (compute capability 12.1)");
    expect(formatGpu({ index: 0, name: "NVIDIA GPU 0" })).toBe("NVIDIA GPU 0");
  });
});

describe("isWslKernel()", () => {
  test("knows Microsoft's kernel", () => {
    expect(["5.15.167.4-microsoft-standard-WSL2\n", "4.4.0-19041-Microsoft", "6.1.0-28-amd64"].map(isWslKernel)).toEqual([
      true, true, false,
    ]);
  });
});
