// Failed installs at a server's start, remembered for an hour in the home, so that a server that is started again and
// again does not fetch gigabytes each time. Another lock or another driver is another try.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { findErrorCode } from "../../errors.ts";
import { PLUGIN_NAMES } from "../catalog/lock.ts";

export const MEMORY_FILE = "auto-install.json";
/** How long a failure counts. */
export const MEMORY_MS = 3_600_000;

const FailureSchema = v.object({
  plugin: v.picklist(PLUGIN_NAMES),
  /** sha256 of the lock that was tried. */
  lock: v.string(),
  /** "580.65.06"; empty where there is none. */
  driver: v.string(),
  /** In words. */
  reason: v.string(),
  /** "2026-11-22T10:11:12.000Z" */
  at: v.pipe(v.string(), v.isoTimestamp()),
});
const MemorySchema = v.object({ failures: v.array(FailureSchema) });

export type Failure = v.InferOutput<typeof FailureSchema>;

/** Those that still count. What cannot be read is no memory. */
export function readFailures(home: string, nowMs: number): Failure[] {
  const text = findText(join(home, MEMORY_FILE));
  if (text === undefined) return [];
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), MemorySchema), text);
  if (!parsed.success) return [];
  return parsed.output.failures.filter(({ at }) => {
    const ageMs = nowMs - Date.parse(at);
    // A clock that was set back must not make a failure last.
    return ageMs >= 0 && ageMs < MEMORY_MS;
  });
}

export function findFailure(
  failures: readonly Failure[],
  { plugin, lock, driver }: Pick<Failure, "plugin" | "lock" | "driver">,
): Failure | undefined {
  return failures.find((failure) => failure.plugin === plugin && failure.lock === lock && failure.driver === driver);
}

/** In place of what was known of the plugin. False where the home cannot be written to. */
export function writeFailure(home: string, failure: Failure, nowMs: number): boolean {
  return writeMemory(home, [...readFailures(home, nowMs).filter(({ plugin }) => plugin !== failure.plugin), failure]);
}

/** The plugin is there now. */
export function forgetFailures(home: string, plugin: Failure["plugin"], nowMs: number): void {
  const failures = readFailures(home, nowMs);
  const kept = failures.filter((failure) => failure.plugin !== plugin);
  if (kept.length < failures.length) writeMemory(home, kept);
}

function writeMemory(home: string, failures: readonly Failure[]): boolean {
  const path = join(home, MEMORY_FILE);
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, `${JSON.stringify({ failures }, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
    return true;
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    if (existsSync(temporary)) rmSync(temporary);
    return false;
  }
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (findErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
