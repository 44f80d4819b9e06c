// Every way in which an install is refused before the first byte, each with what a person is told. docs/plugins.md has the
// same table, and its test holds them together.
import type { PluginLock } from "../../../src/plugins/catalog/lock.ts";
import type { MachineFacts } from "../../../src/plugins/checks/machine-facts.ts";
import { formatToolkitMissing } from "../../../src/plugins/detect/nvidia/findings.ts";
import type { InstallCheck } from "../../../src/plugins/install/events.ts";
import { FOLDER, GPU, HARDWARE, NO_HARDWARE } from "./make-facts.ts";

export interface RefusalCase {
  facts: Partial<MachineFacts>;
  lock?: Partial<PluginLock>;
  diskBytes?: number;
  refusal: Omit<InstallCheck, "ok">;
}

const OTHER = "set TERMITE_PLUGINS_DIR (or --plugins-dir) to another folder";
const NEWER = "Use a newer release of this system, or a container with one";
const OWNED = "folders of this user or of root that nobody else may write to";
const TPU: Partial<PluginLock> = { plugin: "xla:tpu", variant: "tpu", needs: { glibc: "2.31" } };
const oldGpu = { ...GPU, name: "NVIDIA GeForce GTX 1080", computeCapability: "6.1", memoryBytes: 8 * 2 ** 30 };

const withNvidia = (nvidia: Partial<MachineFacts["hardware"]["nvidia"]>): Partial<MachineFacts> => {
  return { hardware: { ...HARDWARE, nvidia: { ...HARDWARE.nvidia, ...nvidia } } };
};

export const REFUSALS: readonly RefusalCase[] = [
  {
    facts: { platform: { os: "linux", arch: "x64", libc: "musl" } },
    refusal: { name: "platform", found: "linux-x64 with musl", needed: "linux-x64 with glibc", remedy: "Use a system with glibc, such as Debian, Ubuntu or Fedora" },
  },
  {
    facts: { hardware: NO_HARDWARE },
    refusal: { name: "hardware", found: "no NVIDIA GPU", needed: "an NVIDIA GPU", remedy: "Install it on a machine with an NVIDIA GPU, or here all the same with --force" },
  },
  {
    facts: { hardware: NO_HARDWARE }, lock: TPU,
    refusal: { name: "hardware", found: "no TPU", needed: "a TPU", remedy: "Install it on a machine with a TPU, or here all the same with --force" },
  },
  {
    facts: withNvidia(formatToolkitMissing("/dev/nvidia0")),
    refusal: {
      name: "hardware", found: '"/dev/nvidia0" in a container without "libcuda.so.1"', needed: "the driver's libraries in the container",
      remedy: 'Install the NVIDIA Container Toolkit on the host and start the container with "--gpus all" (NVIDIA_DRIVER_CAPABILITIES, where it is set, has to hold "compute")',
    },
  },
  {
    facts: withNvidia({ state: "driver_too_old", driverVersion: "470.57.02" }), lock: { needs: { glibc: "2.27", driver: "525.60.13" } },
    refusal: { name: "driver", found: "driver 470.57.02", needed: "525.60.13 or newer", remedy: "Update NVIDIA's driver to 525.60.13 or newer" },
  },
  {
    facts: withNvidia({ driverVersion: "570.133.07", isWsl: true }),
    refusal: { name: "driver", found: "driver 570.133.07", needed: "580 or newer", remedy: "Update NVIDIA's driver in Windows to 580 or newer" },
  },
  {
    facts: withNvidia({ chosen: oldGpu }),
    refusal: { name: "compute capability", found: "NVIDIA GeForce GTX 1080 (8 GB, compute capability 6.1)", needed: "compute capability 7.5 or higher", remedy: 'Use "onnx:cpu", or a machine with a newer GPU' },
  },
  {
    facts: { glibc: "2.17" },
    refusal: { name: "glibc", found: "glibc 2.17", needed: "glibc 2.27 or newer", remedy: NEWER },
  },
  {
    facts: { libstdcxx: undefined },
    refusal: { name: "libstdc++", found: 'no "libstdc++.so.6"', needed: "libstdc++.so.6 with GLIBCXX_3.4.22", remedy: 'Install it: "apt-get install libstdc++6" or "dnf install libstdc++"' },
  },
  {
    facts: { libstdcxx: { path: "/usr/lib/libstdc++.so.6", newestVersion: "3.4.9" } },
    refusal: { name: "libstdc++", found: "libstdc++.so.6 with GLIBCXX_3.4.9", needed: "libstdc++.so.6 with GLIBCXX_3.4.22", remedy: NEWER },
  },
  {
    facts: { libstdcxx: { path: "/usr/lib/libstdc++.so.6" } },
    refusal: { name: "libstdc++", found: '"/usr/lib/libstdc++.so.6", which names no version', needed: "libstdc++.so.6 with GLIBCXX_3.4.22", remedy: "Reinstall the package that holds it" },
  },
  {
    facts: { noexecMount: "/home" },
    refusal: { name: "execution", found: '"/home/me/.termite/plugins" on "/home", which is mounted noexec', needed: "a file system that lets code run", remedy: "Set TERMITE_PLUGINS_DIR (or --plugins-dir) to a folder on such a file system", isFinal: true },
  },
  {
    facts: { freeBytes: 2_000_000_000 }, diskBytes: 3_300_000_000,
    refusal: { name: "space", found: '2.0 GB free at "/home/me/.termite/plugins"', needed: "3.3 GB", remedy: `Free some space, or ${OTHER} on another file system`, isFinal: true },
  },
  {
    facts: { folders: [{ ...FOLDER, isWritable: false }] },
    refusal: { name: "permission", found: '"/home/me/.termite/plugins", where this user cannot write', needed: "a folder that this user can write to", remedy: `Give this user the right to write there, or ${OTHER}`, isFinal: true },
  },
  {
    facts: { folders: [{ ...FOLDER, isFolder: false }] },
    refusal: { name: "permission", found: '"/home/me/.termite/plugins", which is no folder', needed: "a folder that this user can write to", remedy: `Give this user the right to write there, or ${OTHER}`, isFinal: true },
  },
  {
    facts: { folders: [{ ...FOLDER, uid: 1001 }] },
    refusal: { name: "owner", found: '"/home/me/.termite/plugins" owned by user 1001', needed: OWNED, remedy: 'chown 1000 "/home/me/.termite/plugins"', isFinal: true },
  },
  {
    facts: { folders: [{ ...FOLDER, mode: 0o40707 }] },
    refusal: { name: "owner", found: '"/home/me/.termite/plugins" writable by others', needed: OWNED, remedy: 'chmod o-w "/home/me/.termite/plugins"', isFinal: true },
  },
  {
    facts: { folders: [{ ...FOLDER, mode: 0o40770, gid: 50 }] },
    refusal: { name: "owner", found: '"/home/me/.termite/plugins" writable by group 50, which is not your private group', needed: OWNED, remedy: 'chmod g-w "/home/me/.termite/plugins"', isFinal: true },
  },
];
