// Checks over the import graph: layers, dependency doors, cycles. Pure; a violation is a sentence.
import { DOORS, LAYERS, LEAVES, TYPE_LAYERS } from "./rules.ts";
import { folderOf } from "./source-file.ts";
import type { Import, SourceFile } from "./source-file.ts";

export function checkLayers(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => file.imports.flatMap((entry) => findLayerViolation(file, entry) ?? []));
}

function findLayerViolation({ path }: SourceFile, { file, typeOnly }: Import): string | undefined {
  if (file === undefined) return undefined;
  const [from, to] = [folderOf(path), folderOf(file)];
  if (LAYERS[from] === undefined && !LEAVES.includes(from)) return `${path}: "${from}" has no place in the layers`;
  if (file.startsWith("..")) return `${path} imports ${file}, which is outside src`;
  if (!file.endsWith(".ts") && !file.endsWith(".json")) return `${path} imports ${file} without its file extension`;
  if (from === to || LEAVES.includes(to)) return undefined;
  const allowed = [...(LAYERS[from] ?? []), ...(typeOnly ? (TYPE_LAYERS[from] ?? []) : [])];
  if (allowed.includes(to) || (allowed.includes("*") && to !== "main.ts")) return undefined;
  return `${path} imports ${file}: "${from}" may not import "${to}"${typeOnly ? ", not even a type" : ""}`;
}

export function checkDoors(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => file.imports.flatMap((entry) => findDoorViolation(file, entry) ?? []));
}

function findDoorViolation({ path }: SourceFile, { specifier, file }: Import): string | undefined {
  if (file !== undefined || specifier.startsWith("node:")) return undefined;
  const name = packageOf(specifier);
  const doors = DOORS[name];
  if (doors === undefined) return `${path} imports "${specifier}", which has no door`;
  const open = doors.some((door) => door === "*" || path === door || (door.endsWith("/") && path.startsWith(door)));
  return open ? undefined : `${path} imports "${specifier}", which may enter only in ${doors.join(", ")}`;
}

/** "@hono/standard-validator/x" to "@hono/standard-validator", "hono/cors" to "hono", "bun:ffi" to itself. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Each cycle once, as a path; edges that only carry types count, because ideas go one way too. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map((file) => [file.path, file.imports.flatMap((entry) => entry.file ?? [])]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`cycle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
