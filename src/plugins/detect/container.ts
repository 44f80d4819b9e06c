// Whether this is a container, and whose: there the driver belongs to the host, and remedies are others.
import type { System } from "./system.ts";

export type Container = "kubernetes" | "docker" | "podman" | "other";

/** `undefined` outside a container. Kubernetes counts first: its pods carry the marks of the runtime below it too. */
export function findContainer(system: System): Container | undefined {
  if ((system.environment["KUBERNETES_SERVICE_HOST"] ?? "") !== "") return "kubernetes";
  if (system.findPath("/.dockerenv") !== undefined) return "docker";
  if (system.findPath("/run/.containerenv") !== undefined) return "podman";
  return parseCgroup(system.readText("/proc/1/cgroup") ?? "");
}

/**
 * `12:devices:/kubepods/besteffort/pod8f…/4c2b…`, `0::/system.slice/docker-4c2b….scope`, `0::/lxc/web`; outside:
 * `0::/init.scope`
 */
export function parseCgroup(text: string): Container | undefined {
  if (/\/kubepods/.test(text)) return "kubernetes";
  if (/\/docker[-/]/.test(text)) return "docker";
  if (/\/libpod/.test(text)) return "podman";
  return /\/(lxc|containerd|cri-containerd|garden)\b/.test(text) ? "other" : undefined;
}
