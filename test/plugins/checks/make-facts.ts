// A machine on which everything can be installed, and a lock to install, for tables that change one thing.
import type { PluginFile, PluginLock } from "../../../src/plugins/catalog/lock.ts";
import type { MachineFacts } from "../../../src/plugins/checks/machine-facts.ts";
import type { Hardware } from "../../../src/plugins/detect/hardware.ts";

export const GPU = { index: 0, name: "NVIDIA H100 80GB HBM3", computeCapability: "9.0", memoryBytes: 80 * 2 ** 30 };

export const HARDWARE: Hardware = {
  nvidia: { state: "usable", found: "1 GPU", driverVersion: "580.65.06", cudaMajor: 13, gpus: [GPU], chosen: GPU, isWsl: false },
  tpu: { state: "usable", found: "4 chips of TPU v4", generation: "v4", chips: 4 },
  isContainer: false,
  overrides: [],
};

export const NO_HARDWARE: Hardware = {
  nvidia: { state: "absent", found: "no NVIDIA GPU", gpus: [], isWsl: false },
  tpu: { state: "absent", found: "no TPU", chips: 0 },
  isContainer: false,
  overrides: [],
};

export const FOLDER = { path: "/home/me/.termite/plugins", uid: 1000, gid: 1000, mode: 0o40700, isFolder: true, isWritable: true };

export function makeFacts(changes: Partial<MachineFacts> = {}): MachineFacts {
  return {
    platform: { os: "linux", arch: "x64", libc: "glibc" },
    hardware: HARDWARE,
    isReplaced: false,
    glibc: "2.36",
    libstdcxx: { path: "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", newestVersion: "3.4.30" },
    pluginsDir: FOLDER.path,
    folders: [FOLDER],
    freeBytes: 50_000_000_000,
    owner: { uid: 1000, gid: 1000 },
    ...changes,
  };
}

const SHA256 = "0".repeat(64);

export function makePlainLock(changes: Partial<PluginLock> = {}): PluginLock {
  const file: PluginFile = {
    path: "a.so", mode: 0o444, sizeBytes: 3_300, sha256: SHA256, dataOffset: 64, method: "deflate", compressedBytes: 2_100,
    crc32: 0, pieces: [SHA256],
  };
  return {
    format: 1, plugin: "xla:cuda", version: "0.12.0.1", variant: "cuda13",
    platform: { os: "linux", arch: "x64" }, accepts: [], library: "a.so",
    needs: { glibc: "2.27", glibcxx: "3.4.22", driver: "580", computeCapability: "7.5" },
    wheels: [{
      name: "demo", version: "1", file: "demo-1-py3-none-any.whl", sizeBytes: 2_300, sha256: SHA256,
      uploaded: "2026-01-02T03:04:05Z", licence: "MIT", files: [file],
    }],
    ...changes,
  };
}
