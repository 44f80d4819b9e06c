// An installed plugin: whether its files are as its receipt says, by names, sizes and modes, and whether its version still
// counts. Pure.
import { formatBytes } from "../../format-bytes.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import type { TreeProblem } from "../../plugins/store/tree-problems.ts";
import type { Verdict } from "../finding.ts";

export interface InstalledFacts {
  plugin: PluginName;
  version: string;
  files: number;
  sizeBytes: number;
  problems: readonly TreeProblem[];
  /** `plugin verify` found bytes that are wrong. */
  isMarkedDamaged: boolean;
  /** "current": what this build installs; "outdated": may keep serving; "unaccepted": is not used. */
  standing: "current" | "outdated" | "unaccepted";
  /** What this build installs, where it has a lock for this machine. */
  newest?: string | undefined;
}

/** More than this are counted. */
const MOST_NAMES = 3;

export function resolveInstalled(facts: InstalledFacts): Verdict {
  const { plugin, version, files, sizeBytes, standing, newest } = facts;
  const name = `${plugin} ${version}`;
  if (facts.problems.length > 0) {
    return createDamage(plugin, `${name} is damaged: ${formatProblems(facts.problems)}`, "every file as its receipt says");
  }
  if (facts.isMarkedDamaged) {
    return createDamage(plugin, `${name} is damaged: "plugin verify" found wrong bytes`, "every byte as its receipt says");
  }
  if (standing === "unaccepted") {
    return {
      status: "warn",
      found: `${name} is not used: this build does not accept that version`,
      needed: newest === undefined ? "a version that this build knows" : `version ${newest}`,
      remedy: `termite plugin update ${plugin}`,
    };
  }
  const whole = `${name}: ${files} files, ${formatBytes(sizeBytes)}, names and sizes right`;
  if (standing === "current") return { status: "ok", found: whole };
  return { status: "ok", found: `${whole}; ${newest} is there: termite plugin update ${plugin}` };
}

function createDamage(plugin: PluginName, found: string, needed: string): Verdict {
  return { status: "fail", found, needed, remedy: `termite plugin install ${plugin}` };
}

function formatProblems(problems: readonly TreeProblem[]): string {
  const shown = problems.slice(0, MOST_NAMES).map(({ path, kind, found }) => `"${path}" ${found ?? `is ${kind}`}`);
  const others = problems.length - shown.length;
  return others === 0 ? shown.join(", ") : `${shown.join(", ")} and ${others} more`;
}
