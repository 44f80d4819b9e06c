// `CUDA_VISIBLE_DEVICES` as CUDA reads it.
import type { Gpu } from "../hardware.ts";

/** `text` is the variable as it is, for what is told to people. */
export type VisibleDevices =
  | { kind: "all" }
  /** Empty, or hides everything by its first entry: "-1", "none". */
  | { kind: "none"; text: string }
  | { kind: "list"; text: string; entries: readonly string[] };

/**
 * An index, or a GPU's or a MIG slice's id (its beginning is enough): `0`, `GPU-8a56a4bc`, `MIG-…`, `MIG-GPU-…/7/0`.
 */
const ENTRY = /^(\d+|(GPU|MIG)-[\w/-]+)$/;

/** `undefined` is all of them; an entry that is none hides itself and what follows ("0,-1,1" is "0"). */
export function parseVisibleDevices(text: string | undefined): VisibleDevices {
  if (text === undefined) return { kind: "all" };
  const entries = text.split(",").map((entry) => entry.trim());
  const invalid = entries.findIndex((entry) => !ENTRY.test(entry));
  const valid = invalid === -1 ? entries : entries.slice(0, invalid);
  return valid.length === 0 ? { kind: "none", text } : { kind: "list", text, entries: valid };
}

/**
 * The GPUs that are left, in the variable's order; an entry that names none that is there hides what follows. Indexes
 * count in NVML's order, which is CUDA's too unless the GPUs are of different speeds and `CUDA_DEVICE_ORDER` is not
 * `PCI_BUS_ID`.
 */
export function selectVisible(visible: VisibleDevices, gpus: readonly Gpu[]): Gpu[] {
  if (visible.kind === "all") return [...gpus];
  if (visible.kind === "none") return [];
  const named = visible.entries.map((entry) => findGpu(entry, gpus));
  const unknown = named.indexOf(undefined);
  const left = unknown === -1 ? named : named.slice(0, unknown);
  return [...new Set(left.filter((gpu) => gpu !== undefined))];
}

/**
 * A slice's older name holds its GPU's id (`MIG-GPU-8a56…/7/0`); the newer one (`MIG-8a56…`) does not, and NVML's list
 * of GPUs holds no slices: there the first GPU is meant, because those of one machine are sliced alike.
 */
function findGpu(entry: string, gpus: readonly Gpu[]): Gpu | undefined {
  if (/^\d+$/.test(entry)) return gpus[Number(entry)];
  const id = entry.startsWith("MIG-GPU-") ? entry.slice("MIG-".length).split("/")[0] : entry;
  if (id === undefined || id.startsWith("MIG-")) return gpus[0];
  return gpus.find(({ uuid }) => uuid?.toLowerCase().startsWith(id.toLowerCase()));
}
