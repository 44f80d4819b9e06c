// The device nodes of NVIDIA's driver. That they are there says nothing yet: only what the driver answers makes a GPU.
import type { System } from "../system.ts";

export interface NvidiaNodes {
  /** Minor numbers of `/dev/nvidia0`, `/dev/nvidia1`, … that this user may open. */
  gpus: readonly number[];
  /** Nodes without which nothing works and that this user may not open: `/dev/nvidiactl`, `/dev/nvidia0`. */
  denied: readonly string[];
  /** `/dev/dxg`: the way to every GPU on WSL, NVIDIA's or not. */
  hasDxg: boolean;
  /** Any of NVIDIA's own nodes. */
  isThere: boolean;
}

/** Without these no GPU can be used, where they are there. */
const CONTROL_NODES = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/dxg"] as const;

export function readNvidiaNodes(system: System): NvidiaNodes {
  const names = system.readFolder("/dev").filter((name) => /^nvidia\d+$/.test(name));
  const nodes = names.map((name) => ({ path: `/dev/${name}`, minor: Number(name.slice("nvidia".length)) }))
    .map((node) => ({ ...node, access: system.findNode(node.path) }))
    .filter(({ access }) => access !== "absent");
  const open = nodes.filter(({ access }) => access === "open");
  const deniedControl = CONTROL_NODES.filter((path) => system.findNode(path) === "denied");
  // One of several may be kept for somebody else; none at all is a fault.
  const deniedGpus = open.length === 0 ? nodes.map(({ path }) => path) : [];
  return {
    gpus: open.map(({ minor }) => minor),
    denied: [...deniedGpus, ...deniedControl],
    hasDxg: system.findNode("/dev/dxg") !== "absent",
    isThere: nodes.length > 0 || system.findNode("/dev/nvidiactl") !== "absent",
  };
}
