// `termite doctor` of the compiled file in every machine of the fixtures: its finding, and nothing else that is wrong.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { FindingStatus } from "../../src/doctor/finding.ts";
import type { SystemName } from "../fixtures/systems/systems.ts";
import { writeSystem } from "../fixtures/systems/write.ts";
import { findFinding, listBad, runDoctor } from "./doctor-run.ts";
import { createFolder } from "./termite.ts";

setDefaultTimeout(60_000);
const folder = createFolder();
const home = folder.path;
afterAll(() => folder.remove());

interface Expected {
  nvidia?: readonly [FindingStatus, string];
  tpu?: readonly [FindingStatus, string];
  /** Other findings that are not ok. */
  bad?: readonly string[];
  exitCode?: number;
}

const NO_CUDA = ["warn search.onnx:cuda", "warn search.xla:cuda"];
const NO_TPU = ["warn search.xla:tpu"];
const H100 = "NVIDIA H100 80GB HBM3 (80 GB, compute capability 9.0)";

const NEWER = "; CUDA 12, driver 580 or newer would allow CUDA 13";

const EXPECTED: Readonly<Record<SystemName, Expected>> = {
  "no-gpu": {},
  musl: { bad: ["fail system.glibc"], exitCode: 1 },
  one: { nvidia: ["ok", `1 GPU: ${H100}, driver 580.65.06`], bad: NO_CUDA },
  "one-without-nvml": { nvidia: ["ok", "1 GPU: NVIDIA H100 80GB HBM3, driver 580.65.06"], bad: NO_CUDA },
  eight: { nvidia: ["ok", `8 GPUs: ${H100}, 7 more unused, driver 580.65.06`], bad: NO_CUDA },
  "mixed-too-old-first": {
    nvidia: ["ok", `3 GPUs: NVIDIA A100-SXM4-40GB (40 GB, compute capability 8.0), 2 more unused, driver 570.133.07${NEWER}`],
    bad: NO_CUDA,
  },
  "mixed-cuda-12-first": {
    nvidia: ["ok", "2 GPUs: NVIDIA GeForce RTX 4090 (24 GB, compute capability 8.9), 1 more unused, driver 580.65.06"],
    bad: NO_CUDA,
  },
  "driver-for-cuda-12": { nvidia: ["ok", `1 GPU: ${H100}, driver 570.133.07${NEWER}`], bad: NO_CUDA },
  "driver-too-old": { nvidia: ["warn", "driver 470.57.02"] },
  "driver-too-old-without-nvml": { nvidia: ["warn", "driver 470.57.02"] },
  "gpu-too-old": { nvidia: ["warn", "1 GPU: Quadro K620 (2 GB, compute capability 5.0), driver 570.133.07"] },
  "container-without-nodes": { nvidia: ["warn", 'the host\'s driver 580.65.06 in a container without "/dev/nvidia0"'] },
  "container-with-only-libcuda": {
    nvidia: ["warn", '"/usr/lib/x86_64-linux-gnu/libcuda.so.1" in a container without "/dev/nvidia0"'],
  },
  "pod-without-nodes": { nvidia: ["warn", 'the host\'s driver 580.65.06 in a container without "/dev/nvidia0"'] },
  "container-without-libcuda": { nvidia: ["warn", '"/dev/nvidia0" in a container without "libcuda.so.1"'] },
  container: { nvidia: ["ok", `1 GPU: ${H100}, driver 580.65.06`], bad: NO_CUDA },
  wsl: {
    nvidia: ["ok", "1 GPU: NVIDIA GeForce RTX 4090 (24 GB, compute capability 8.9), driver 581.42 (of Windows, on WSL)"],
    bad: NO_CUDA,
  },
  "wsl-without-nvml": { nvidia: ["warn", "Windows' NVIDIA driver on WSL, of which NVML says nothing"] },
  "wsl-without-nvidia": {},
  jetson: { nvidia: ["warn", "NVIDIA Jetson AGX Orin Developer Kit (L4T 36.4.3)"] },
  "visible-set": {
    nvidia: ["ok", `2 GPUs: ${H100}, 1 more unused, driver 580.65.06, of 8 by CUDA_VISIBLE_DEVICES "2,GPU-55555555,-1,0"`],
    bad: NO_CUDA,
  },
  "visible-empty": { nvidia: ["warn", 'CUDA_VISIBLE_DEVICES "", which hides every GPU'] },
  "visible-unknown": { nvidia: ["warn", 'CUDA_VISIBLE_DEVICES "7", which names none of 1 GPU'] },
  "gpu-without-driver": {
    nvidia: ["warn", '2 NVIDIA GPUs on the PCI bus (10de:2684, driver "nouveau"; 10de:1eb8) and no loaded NVIDIA driver'],
  },
  "nodes-not-permitted": { nvidia: ["warn", '"/dev/nvidia0", "/dev/nvidiactl", which this user may not open'] },
  "container-not-permitted": { nvidia: ["warn", '"/dev/nvidia0", "/dev/nvidiactl", which this user may not open'] },
  "nvml-fails": { nvidia: ["warn", 'driver 580.65.06, whose library NVML fails with "Driver/library version mismatch"'] },
  "nvml-lists-none": { nvidia: ["warn", "driver 580.65.06, whose library NVML lists no GPU"] },
  "driver-without-nodes": { nvidia: ["warn", 'driver 580.65.06 without "/dev/nvidia0"'] },
  "driver-without-libcuda": { nvidia: ["warn", 'driver 580.65.06 without "libcuda.so.1"'] },
  "nodes-without-driver": { nvidia: ["warn", '"/dev/nvidia0" and no loaded NVIDIA driver'] },
  "tpu-v4": { tpu: ["ok", "4 chips of TPU v4"], bad: NO_TPU },
  "tpu-v5e": { tpu: ["ok", "1 chip of TPU v5e"], bad: NO_TPU },
  "tpu-held": { tpu: ["warn", "4 chips of TPU v4, held by process 4242 (python3)"], bad: NO_TPU },
  "tpu-not-permitted": { tpu: ["warn", '4 chips of TPU v4, of which this user may not open "/dev/accel0"'] },
  "tpu-without-nodes": { tpu: ["warn", "4 chips of TPU v4 without device nodes"] },
};

describe("every machine of the fixtures gives its finding", () => {
  test.each(Object.entries(EXPECTED) as [SystemName, Expected][])("%s", async (name, { nvidia, tpu, bad = [], exitCode = 0 }) => {
    const { environment } = writeSystem(name, mkdtempSync(join(home, "system-")));
    const outcome = await runDoctor({ home, env: environment });
    const shown = (id: string) => {
      const { status, found } = findFinding(outcome.report, id);
      return [status, found] as const;
    };
    expect(shown("hardware.nvidia")).toEqual(nvidia ?? ["ok", "no NVIDIA GPU"]);
    expect(shown("hardware.tpu")).toEqual(tpu ?? ["ok", "no TPU"]);
    const others = listBad(outcome.report).filter((line) => !/hardware\.(nvidia|tpu)$|disk\.plugins$|system\.cores$/.test(line));
    expect(others).toEqual([...bad.filter((line) => line.includes("system.")), "warn hardware.overrides", ...bad.filter((line) => !line.includes("system."))]);
    expect(findFinding(outcome.report, "hardware.overrides").found).toContain(`TERMITE_SYSTEM_ROOT=${environment["TERMITE_SYSTEM_ROOT"]}`);
    expect(outcome.exitCode).toBe(exitCode);
  });
});
