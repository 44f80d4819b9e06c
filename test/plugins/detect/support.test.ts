import { describe, expect, test } from "bun:test";
import type { Hardware } from "../../../src/plugins/detect/hardware.ts";
import { resolveSupport } from "../../../src/plugins/detect/support.ts";

const LINUX = { os: "linux", arch: "x64", libc: "glibc" } as const;
const ARM = { os: "linux", arch: "arm64", libc: "glibc" } as const;
const MUSL = { os: "linux", arch: "x64", libc: "musl" } as const;
const MAC = { os: "darwin", arch: "arm64" };
const WINDOWS = { os: "win32", arch: "x64" };

const NOTHING: Hardware = {
  nvidia: { state: "absent", found: "no NVIDIA GPU", gpus: [], isWsl: false },
  tpu: { state: "absent", found: "no TPU", chips: 0 },
  isContainer: false, overrides: [],
};
const GPU: Hardware = { ...NOTHING, nvidia: { state: "usable", found: "1 GPU", gpus: [], isWsl: false, cudaMajor: 12 } };
const OLD_DRIVER: Hardware = {
  ...NOTHING,
  nvidia: { state: "driver_too_old", found: "driver 470.57.02", needed: "525.60.13 or newer", gpus: [], isWsl: false },
};
const TPU: Hardware = { ...NOTHING, tpu: { state: "usable", found: "4 chips of TPU v4", chips: 4 } };
const CLOSED_TPU: Hardware = {
  ...NOTHING, tpu: { state: "nodes_missing", found: "4 chips of TPU v4 without device nodes", needed: "device nodes", chips: 4 },
};

describe("resolveSupport()", () => {
  test.each([
    ["onnx:cpu", NOTHING, MUSL], ["onnx:cpu", NOTHING, MAC],
    ["xla:cpu", NOTHING, LINUX], ["xla:cpu", NOTHING, ARM], ["xla:cpu", NOTHING, { os: "linux", arch: "x64" }],
    ["onnx:cuda", GPU, LINUX], ["xla:cuda", GPU, ARM], ["xla:tpu", TPU, LINUX],
  ] as const)("supports %s", (target, hardware, platform) => {
    expect(resolveSupport(target, hardware, platform)).toEqual({ isSupported: true });
  });

  test.each([
    ["xla:cpu", NOTHING, MAC, "no PJRT CPU plugin is published for darwin-arm64"],
    ["xla:cpu", NOTHING, WINDOWS, "no PJRT CPU plugin is published for win32-x64"],
    ["xla:cpu", NOTHING, MUSL, "no PJRT CPU plugin is published for linux-x64 with musl"],
    ["onnx:cuda", GPU, MAC, "there is no such library for darwin-arm64"],
    ["xla:cuda", GPU, MUSL, "there is no such library for linux-x64 with musl"],
    ["xla:tpu", TPU, ARM, "there is no such library for linux-arm64"],
    ["onnx:cuda", NOTHING, LINUX, "no NVIDIA GPU is found"],
    ["xla:cuda", OLD_DRIVER, LINUX, "found driver 470.57.02, need 525.60.13 or newer"],
    ["xla:tpu", GPU, LINUX, "no TPU is found"],
    ["xla:tpu", CLOSED_TPU, LINUX, "found 4 chips of TPU v4 without device nodes, need device nodes"],
  ] as const)("refuses %s", (target, hardware, platform, reason) => {
    expect(resolveSupport(target, hardware, platform)).toEqual({ isSupported: false, reason });
  });
});
