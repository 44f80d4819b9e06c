// What an install is given by whoever composes the program.
import type { Bundle } from "../bundle/open-bundle.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { PluginSpec } from "../catalog/spec.ts";
import type { MachineFacts } from "../checks/machine-facts.ts";
import type { Hardware } from "../detect/hardware.ts";
import type { Platform } from "../detect/platform.ts";
import type { SourceIncident, WheelSource } from "../download/wheel-source.ts";
import type { ProbeLibrary } from "./check-abi.ts";
import type { InstallEvent, InstallPlan } from "./events.ts";
import type { ObjectDamage } from "./check-objects.ts";
import type { ProbeTree } from "./probe-tree.ts";

export interface InstallMachine {
  pluginsDir: string;
  catalog: Catalog;
  platform: Platform;
  /** Of this program, for receipts: "0.1.0 (3fa2c1…)". */
  build: string;
  /** By files alone: starts no process. */
  glanceHardware(): Promise<Hardware>;
  readFacts(): Promise<MachineFacts>;
  probe: ProbeLibrary;
  probeTree: ProbeTree;
}

export interface InstallPluginsOptions {
  specs: readonly PluginSpec[];
  machine: InstallMachine;
  /** Where wheels come from, tried in turn. Asked only when something has to be fetched. */
  openSources(): Promise<readonly WheelSource[]>;
  /** Counts instead of all sources; of one plugin. */
  bundle?: Bundle | undefined;
  /** Goes past a failed check of the machine; never past space, permission and ownership. */
  isForced?: boolean;
  /** False: the plugin is not run on the device before it is published. */
  isProbed?: boolean;
  offline?: boolean;
  onEvent?(event: InstallEvent): void;
  /** Another install is at work, and this one waits for it. */
  onWait?(): void;
  /** What sources did wrong: told when the download is over. */
  onIncident?(incident: SourceIncident): void;
  /** A kept file that was to be used again is not what it was: it is fetched again. */
  onDamage?(damage: ObjectDamage): void;
  /** Asked once, before the first byte; rejects to refuse. */
  confirm?(plans: readonly InstallPlan[]): Promise<void>;
  signal?: AbortSignal;
}

export interface InstalledPlugin {
  plugin: PluginSpec["plugin"];
  version: string;
  /** Of its tree. */
  path: string;
  sizeBytes: number;
  /** Over the network, in this run: 0 when it was in place already, or came from a bundle or a folder. */
  fetchedBytes: number;
  wasThere: boolean;
}
