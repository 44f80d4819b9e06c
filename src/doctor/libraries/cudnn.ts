// A cuDNN in the folders of the system: its parts are opened by bare name and can be mixed with those of a plugin.
import type { Verdict } from "../finding.ts";

/** Where distributions and NVIDIA's installers put it. */
export const CUDNN_FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/lib/x86_64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/lib",
  "/usr/local/lib64",
  "/usr/local/cuda/lib64",
  "/usr/local/cuda/lib",
  "/usr/local/cuda/targets/x86_64-linux/lib",
  "/usr/local/cuda/targets/sbsa-linux/lib",
] as const;

/** `paths`: of every cuDNN library found. One folder through several links counts once: `readCudnn` sees to that. */
export function resolveCudnn(paths: readonly string[]): Verdict {
  if (paths.length === 0) return { status: "ok", found: "no foreign cuDNN in the system's folders" };
  return {
    status: "warn",
    found: `the system has a cuDNN of its own: ${paths.join(", ")}`,
    needed: "none, or one that is not older than that of the plugin",
    remedy: "Remove the system's cuDNN package, or keep it as new as the plugin's",
  };
}
