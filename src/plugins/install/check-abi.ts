// Whether the plugin library is one that this build can speak to: asked of it in a child as soon as its own bytes are
// there, before the gigabytes that it needs.
import type { PluginLock } from "../catalog/lock.ts";
import type { ProbeOutcome, ProbeRequest } from "../probe/probe-report.ts";
import { createUnusable } from "./refuse-install.ts";

/** Tries a library in a child process; rejects only with an aborted signal's reason. */
export type ProbeLibrary = (request: ProbeRequest) => Promise<ProbeOutcome>;

/** In words, for the event "probe": `PJRT 0.116`. Throws `plugin_refused`. */
export async function checkAbi(lock: PluginLock, libraryPath: string, probe: ProbeLibrary): Promise<string> {
  const { plugin, pjrt } = lock;
  const outcome = await probe({ ...resolveEngine(plugin), libraryPath, until: "version" });
  const hint = "Report it as a defect of termite's plugin lock, or try an earlier version: termite plugin list";
  if (!outcome.ok) throw createUnusable(plugin, `the library does not load: ${outcome.reason}`, resolveHint(outcome.reason) ?? hint);
  const version = outcome.report.version ?? "";
  if (pjrt === undefined) return `ONNX Runtime ${version}`;
  const needed = `${pjrt.major}.${pjrt.minor}`;
  if (version !== needed) throw createUnusable(plugin, `found PJRT ${version}, need ${needed}`, hint);
  return `PJRT ${version}`;
}

/** What the linker says where the kernel does not let it map code, which no mount may have told before. */
function resolveHint(reason: string): string | undefined {
  if (!/failed to map segment/i.test(reason)) return undefined;
  return "Nothing may be run from there (noexec, or a policy of the system): set TERMITE_PLUGINS_DIR (or --plugins-dir) to another folder";
}

/** `xla:cuda` to its two halves, as the probe has them. */
export function resolveEngine(plugin: PluginLock["plugin"]): Pick<ProbeRequest, "engine" | "device"> {
  return { engine: plugin === "onnx:cuda" ? "onnx" : "xla", device: plugin === "xla:tpu" ? "tpu" : "cuda" };
}
