// Google's TPUs: chips on the PCI bus, their device nodes, and who holds them.
import { findContainer } from "./container.ts";
import type { TpuGeneration, TpuHardware } from "./hardware.ts";
import { readPciDevices } from "./pci.ts";
import type { System } from "./system.ts";
import { findHolder } from "./tpu-holder.ts";

const GOOGLE = "0x1ae0";

/** PCI device ids, as JAX has them in `hardware_utils.py`. Google's network cards (0x0042) have the same vendor. */
const GENERATIONS: Readonly<Record<string, TpuGeneration>> = {
  "0x0027": "v2/v3", "0x005e": "v4", "0x0062": "v5p", "0x0063": "v5e", "0x006f": "v6e", "0x0076": "7x",
};

export function detectTpu(system: System): TpuHardware {
  const found = system.os === "linux" ? readPciDevices(system).filter(({ vendor }) => vendor === GOOGLE) : [];
  const generations = found.map(({ device }) => GENERATIONS[device]).filter((generation) => generation !== undefined);
  const [generation] = generations;
  if (generation === undefined) return { state: "absent", found: "no TPU", chips: 0 };
  return describeChips(system, generation, generations.length);
}

function describeChips(system: System, generation: TpuGeneration, chips: number): TpuHardware {
  const common = { generation, chips };
  const name = `${chips} ${chips === 1 ? "chip" : "chips"} of TPU ${generation}`;
  const nodes = readTpuNodes(system);
  if (nodes.length === 0) return { ...common, ...explainMissing(system, name, generation) };
  const denied = nodes.filter((path) => system.findNode(path) === "denied");
  if (denied.length > 0) return { ...common, ...explainDenied(name, denied) };
  const holder = findHolder(system, nodes);
  if (holder === undefined) return { ...common, state: "usable", found: name };
  const process = `process ${holder.pid} (${holder.name})`;
  return {
    ...common, state: "usable", found: `${name}, held by ${process}`, holder,
    needed: "chips that no other process holds", remedy: `Stop ${process}: a chip serves one process at a time`,
  };
}

type Lack = Pick<TpuHardware, "state" | "found" | "needed" | "remedy">;

/** `/dev/accel0` up to v4, `/dev/vfio/0` from v5 on (`/dev/vfio/vfio` is the door to all of them, not a chip). */
function readTpuNodes(system: System): string[] {
  const accel = system.readFolder("/dev").filter((name) => /^accel\d+$/.test(name)).map((name) => `/dev/${name}`);
  const vfio = system.readFolder("/dev/vfio").filter((name) => /^\d+$/.test(name)).map((name) => `/dev/vfio/${name}`);
  return [...accel, ...vfio].filter((path) => system.findNode(path) !== "absent");
}

function explainMissing(system: System, name: string, generation: TpuGeneration): Lack {
  const nodes = generation === "v2/v3" || generation === "v4" ? "/dev/accel0" : "/dev/vfio/0";
  const remedy = findContainer(system) === "kubernetes"
    ? `Give the container the resource limit "google.com/tpu"`
    : `Start the container with "--privileged --net=host"; outside a container, make the machine anew from a TPU VM image`;
  return {
    state: "nodes_missing", found: `${name} without device nodes`, needed: `device nodes such as "${nodes}"`, remedy,
  };
}

function explainDenied(name: string, denied: readonly string[]): Lack {
  return {
    state: "not_permitted",
    found: `${name}, of which this user may not open ${denied.map((path) => `"${path}"`).join(", ")}`,
    needed: "read and write access to the device nodes",
    remedy: `sudo chmod a+rw ${denied.join(" ")}`,
  };
}
