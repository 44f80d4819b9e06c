// An install as the command composes it, on a temporary folder and an index on loopback; what a machine would answer to
// a probe is given by the test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCatalog } from "../../../src/plugins/catalog/catalog.ts";
import type { PluginLock } from "../../../src/plugins/catalog/lock.ts";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import type { InstallEvent } from "../../../src/plugins/install/events.ts";
import type { InstallPluginsOptions } from "../../../src/plugins/install/install-options.ts";
import { installPlugins } from "../../../src/plugins/install/install-plugins.ts";
import type { ProbeOutcome } from "../../../src/plugins/probe/probe-report.ts";
import { readOwner } from "../../../src/plugins/search/ownership.ts";
import type { IndexServer } from "../../fixtures/plugins/index-server.ts";
import { makeElf } from "../../fixtures/plugins/make-elf.ts";
import { makeLock, writeLock } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";
import type { MadeWheel } from "../../fixtures/plugins/make-wheel.ts";
import { HARDWARE, makeFacts } from "../checks/make-facts.ts";

export const RIGHT = {
  ok: true, ms: 1, report: { stage: "version", version: "0.116", devices: [], mapped: [] },
} as const satisfies ProbeOutcome;
export const MULTIPLIED: ProbeOutcome = {
  ok: true, ms: 1, report: { stage: "product", version: "0.116", devices: ["NVIDIA H100"], compileMs: 100, runMs: 12, mapped: [] },
};

const LIBRARY = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
const PJRT = { major: 0, minor: 116 };

export interface TestSet {
  lock: PluginLock;
  wheels: readonly [plugin: MadeWheel, shared: MadeWheel];
}

export async function makeXlaSet(version: string, needed = "libshared.so.1"): Promise<TestSet> {
  const content = makeElf({ needed: [needed, "libc.so.6"], soname: `plugin-${version}` });
  const wheels = [
    makeWheel({ name: "jax-cuda13-pjrt", version, files: { [LIBRARY]: content } }),
    makeWheel({ name: "nvidia-shared", version: "1", files: { "nvidia/lib/libshared.so.1": makeElf({ soname: "libshared.so.1" }) } }),
  ] as const;
  return { lock: await makeLock({ version, wheels, library: LIBRARY, pjrt: PJRT, platform: { os: "linux", arch: "x64" } }), wheels };
}

/** Another plugin with a file that the first has too. */
export async function makeTpuSet({ wheels: [, shared] }: TestSet): Promise<TestSet> {
  const own = makeWheel({ name: "libtpu", version: "0.0.52", files: { "libtpu/libtpu.so": makeElf({ needed: ["libshared.so.1"] }) } });
  const base = { plugin: "xla:tpu", variant: "tpu", library: "libtpu/libtpu.so", pjrt: PJRT, platform: { os: "linux", arch: "x64" } } as const;
  return { lock: await makeLock({ ...base, version: "0.0.52", wheels: [own, shared] }), wheels: [own, shared] };
}

export interface Scene extends Disposable {
  pluginsDir: string;
  /** What the build knows from now on. */
  offer(...sets: readonly TestSet[]): Promise<void>;
  /** Events so far. */
  events: InstallEvent[];
  install(changes?: SceneChanges): ReturnType<typeof installPlugins>;
}

export interface SceneChanges extends Partial<Omit<InstallPluginsOptions, "machine">> {
  machine?: Partial<InstallPluginsOptions["machine"]>;
}

export async function createScene(index: IndexServer, ...sets: readonly TestSet[]): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "termite-install-"));
  const pluginsDir = join(folder, "plugins");
  const locks = join(folder, "locks");
  const events: InstallEvent[] = [];
  const offer = async (...offered: readonly TestSet[]): Promise<void> => {
    rmSync(locks, { recursive: true, force: true });
    for (const { lock } of offered) await Bun.write(join(locks, "x"), "").then(() => writeLock(join(locks, `${lock.variant}.json`), lock));
  };
  await offer(...sets);
  const facts = makeFacts({ pluginsDir, folders: [], owner: readOwner() });
  return {
    pluginsDir, events, offer,
    install: ({ machine, ...changes } = {}) => installPlugins({
      specs: [{ plugin: "xla:cuda" }],
      machine: {
        pluginsDir, platform: facts.platform, build: "test",
        catalog: openCatalog({ environment: { TERMITE_PLUGIN_LOCK: locks } }),
        glanceHardware: async () => HARDWARE,
        readFacts: async () => facts,
        probe: async () => RIGHT,
        probeTree: async () => MULTIPLIED,
        ...machine,
      },
      openSources: async () => [createIndexSource(index.createClient())],
      onEvent: (event) => void events.push(event),
      ...changes,
    }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
