// What changed between two locks of a set, for the person who is to agree to it.
import { summarizeLock } from "../../src/plugins/catalog/catalog.ts";
import { formatTreePath } from "../../src/plugins/catalog/lock.ts";
import type { PluginLock, PluginWheel } from "../../src/plugins/catalog/lock.ts";

/** Lines; `+`, `-` and `~` for wheels that came, went and changed. */
export function formatChanges(id: string, before: PluginLock | undefined, after: PluginLock): string[] {
  const was = before === undefined ? "new" : before.version === after.version ? "same version" : `was ${before.version}`;
  const held = new Map(before?.wheels.map((wheel) => [wheel.name, wheel]));
  const names = new Set(after.wheels.map((wheel) => wheel.name));
  const gone = [...held.values()].filter((wheel) => !names.has(wheel.name));
  return [
    `${id}: ${after.version} (${was}), needs glibc ${after.needs.glibc}, GLIBCXX ${after.needs.glibcxx ?? "none"}`,
    ...after.wheels.flatMap((wheel) => formatWheel(held.get(wheel.name), wheel)),
    ...gone.map((wheel) => `  - ${wheel.name} ${wheel.version}`),
    `  ${formatSizes(before, after)}`,
  ];
}

function formatWheel(before: PluginWheel | undefined, after: PluginWheel): string[] {
  const name = `${after.name} ${after.version}`;
  if (before === undefined) return [`  + ${name}, ${formatMegabytes(after.sizeBytes)}, ${after.uploaded}, ${after.licence}`];
  const files = formatFiles(before, after);
  if (before.sha256 === after.sha256 && files === "") return [];
  const versions = before.version === after.version ? name : `${after.name} ${before.version} -> ${after.version}`;
  const sizes = `${formatMegabytes(before.sizeBytes)} -> ${formatMegabytes(after.sizeBytes)}`;
  return [`  ~ ${versions}, ${before.sha256 === after.sha256 ? "same wheel" : sizes}, ${after.uploaded}${files}`];
}

function formatFiles(before: PluginWheel, after: PluginWheel): string {
  const [old, young] = [new Set(before.files.map(formatTreePath)), new Set(after.files.map(formatTreePath))];
  const came = [...young].filter((path) => !old.has(path)).map((path) => `, + ${path}`);
  const went = [...old].filter((path) => !young.has(path)).map((path) => `, - ${path}`);
  return [...came, ...went].join("");
}

function formatSizes(before: PluginLock | undefined, after: PluginLock): string {
  const now = summarizeLock(after);
  const was = before === undefined ? undefined : summarizeLock(before);
  const fetched = `fetched ${formatMegabytes(now.downloadBytes)}${formatStep(was?.downloadBytes, now.downloadBytes)}`;
  return `${fetched}, on disk ${formatMegabytes(now.sizeBytes)}${formatStep(was?.sizeBytes, now.sizeBytes)}`;
}

function formatStep(before: number | undefined, after: number): string {
  if (before === undefined || before === after) return "";
  return ` (${after > before ? "+" : ""}${formatMegabytes(after - before)})`;
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
