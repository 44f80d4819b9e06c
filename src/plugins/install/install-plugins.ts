// An install from the first look to the published version: decide, take the lock, fetch, check, publish. Whatever ends it,
// the next command finds either what was there before or the new version.
import type { PluginLock } from "../catalog/lock.ts";
import type { MachineFacts } from "../checks/machine-facts.ts";
import { withInstallLock } from "../store/install-lock.ts";
import type { InstallLockOptions } from "../store/install-lock.ts";
import { findInstallReason } from "../store/install-reason.ts";
import { requireInstalled } from "../store/installed.ts";
import { openObjectStore } from "../store/object-store.ts";
import { hasLeftovers } from "../store/staging.ts";
import { withStoreErrors } from "../store/store-error.ts";
import { checkObjects } from "./check-objects.ts";
import { chooseLocks } from "./choose-locks.ts";
import { fetchLocks } from "./fetch-locks.ts";
import type { InstalledPlugin, InstallPluginsOptions } from "./install-options.ts";
import { readHeldBytes } from "./held-bytes.ts";
import { listMissing, sumDisk } from "./missing-files.ts";
import { planInstall } from "./plan-install.ts";
import { publishLock } from "./publish-lock.ts";
import { checkPlans } from "./refuse-install.ts";
import { sweepStale } from "./sweep-stale.ts";

/** One result a plugin, in the order of the specs. Throws what stands in the way; the event "error" is the caller's. */
export function installPlugins(options: InstallPluginsOptions): Promise<InstalledPlugin[]> {
  const { pluginsDir } = options.machine;
  return withStoreErrors(pluginsDir, async () => (await findInPlace(options)) ?? (await waitAndInstall(options)));
}

/** The fast answer: no child process, no lock, no file read but receipts. */
async function findInPlace({ specs, machine, bundle, onEvent }: InstallPluginsOptions): Promise<InstalledPlugin[] | undefined> {
  const hardware = await machine.glanceHardware();
  const locks = await chooseLocks(specs, { ...machine, hardware, bundled: bundle?.manifest });
  if (locks.some((lock) => findInstallReason(machine.pluginsDir, lock) !== undefined)) return undefined;
  return locks.map((lock) => {
    const { plugin, version } = lock;
    onEvent?.({ event: "done", plugin, version, fetchedBytes: 0, seconds: 0 });
    return createResult(lock, { path: readPath(machine.pluginsDir, lock), fetchedBytes: 0, wasThere: true });
  });
}

/** A tree that is half made is another install at work, or was one that died: the lock tells them apart. */
async function waitAndInstall(options: InstallPluginsOptions): Promise<InstalledPlugin[]> {
  const { pluginsDir } = options.machine;
  if (!hasLeftovers(pluginsDir)) return install(options);
  await withInstallLock(pluginsDir, createWaiting(options), async () => undefined);
  return (await findInPlace(options)) ?? (await install(options));
}

async function install(options: InstallPluginsOptions): Promise<InstalledPlugin[]> {
  const { machine, specs, bundle } = options;
  const facts = await machine.readFacts();
  const locks = await chooseLocks(specs, { ...machine, hardware: facts.hardware, bundled: bundle?.manifest });
  await decide(locks.filter((lock) => findInstallReason(machine.pluginsDir, lock) !== undefined), facts, options);
  return withInstallLock(machine.pluginsDir, createWaiting(options), () => installLocks(locks, facts, options));
}

function createWaiting({ signal, onWait }: InstallPluginsOptions): InstallLockOptions {
  return { signal, onWait };
}

async function decide(pending: readonly PluginLock[], facts: MachineFacts, options: InstallPluginsOptions): Promise<void> {
  const { pluginsDir } = options.machine;
  const plans = planInstall(pending, { objects: openObjectStore(pluginsDir), heldBytes: readHeldBytes(pluginsDir), facts });
  for (const plan of plans) options.onEvent?.({ event: "plan", ...plan });
  checkPlans(plans, options.isForced === true);
  await options.confirm?.(plans);
}

/** Whoever had the lock before may have done the work. */
async function installLocks(
  locks: readonly PluginLock[],
  facts: MachineFacts,
  options: InstallPluginsOptions,
): Promise<InstalledPlugin[]> {
  const { pluginsDir } = options.machine;
  const startMs = performance.now();
  const pending = locks.filter((lock) => findInstallReason(pluginsDir, lock) !== undefined);
  const objects = openObjectStore(pluginsDir);
  await checkObjects(pending, objects, { onDamage: options.onDamage, signal: options.signal });
  const fetched = await fetchLocks(pending, { objects, wheels: listMissing(pending, objects) }, options);
  const results: InstalledPlugin[] = [];
  for (const lock of locks) {
    const needs = { objects, facts, abi: fetched.abi.get(lock) ?? "", origin: fetched.origin };
    if (pending.includes(lock)) await publishLock(lock, needs, options);
    const fetchedBytes = fetched.bytes.get(lock) ?? 0;
    results.push(createResult(lock, { path: readPath(pluginsDir, lock), fetchedBytes, wasThere: !pending.includes(lock) }));
    const seconds = (performance.now() - startMs) / 1000;
    options.onEvent?.({ event: "done", plugin: lock.plugin, version: lock.version, fetchedBytes, seconds });
  }
  await sweepStale(objects, options.machine);
  return results;
}

function readPath(pluginsDir: string, { plugin }: PluginLock): string {
  return requireInstalled(pluginsDir, plugin, "use").folder;
}

function createResult(lock: PluginLock, found: Pick<InstalledPlugin, "path" | "fetchedBytes" | "wasThere">): InstalledPlugin {
  const sizeBytes = sumDisk(lock.wheels.flatMap(({ files }) => files));
  return { plugin: lock.plugin, version: lock.version, sizeBytes, ...found };
}
