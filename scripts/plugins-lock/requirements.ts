// Dependencies in a wheel's METADATA (the dependency specifiers specification), as far as wheels that we lock use them.
import { formatProjectName } from "../../src/plugins/index/index-file.ts";
import { satisfies } from "./version.ts";
import { PYTHON_VERSION } from "./wheel-name.ts";

export interface Requirement {
  /** In the normal form of project names. */
  name: string;
  /** Sample: "<10.0,>=9.12.0.46"; empty where any will do. */
  specifiers: string;
}

/** Those of `extra`, or those without one. */
export function parseRequirements(metadata: string, extra?: string): Requirement[] {
  const head = metadata.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const lines = head.split(/\r?\n/).flatMap((line) => /^Requires-Dist:\s*(.+)$/i.exec(line)?.[1] ?? []);
  return lines.flatMap((line) => {
    const { marker, ...requirement } = parseRequirement(line);
    const hasExtra = marker?.includes("extra") ?? false;
    if (hasExtra !== (extra !== undefined)) return [];
    return marker === undefined || isTrue(marker, extra) ? [requirement] : [];
  });
}

/** Sample: `Version: 0.12.0.1`. */
export function findField(metadata: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S.*?)\\s*$`, "im").exec(metadata)?.[1];
}

/** Sample: `nvidia-cudnn-cu13<10.0,>=9.12.0.46; sys_platform == "linux" and extra == "with-cuda"`. */
function parseRequirement(line: string): Requirement & { marker: string | undefined } {
  const parts = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;)@]*)\)?\s*(?:;\s*(.+))?$/.exec(line.trim());
  if (parts === null) throw new Error(`Cannot read the requirement "${line}"`);
  const [, name = "", specifiers = "", marker] = parts;
  return { name: formatProjectName(name), specifiers: specifiers.trim(), marker };
}

/** "or" binds less than "and"; no parentheses. */
function isTrue(marker: string, extra: string | undefined): boolean {
  if (/[()]/.test(marker)) throw new Error(`Cannot read the marker "${marker}"`);
  return marker.split(/\s+or\s+/).some((all) => all.split(/\s+and\s+/).every((one) => isMet(one.trim(), extra)));
}

function isMet(comparison: string, extra: string | undefined): boolean {
  const [, name = "", operator = "", value = ""] = /^(\w+)\s*([=!<>]=?)\s*["']([^"']*)["']$/.exec(comparison) ?? [];
  const found: Readonly<Record<string, string | undefined>> = {
    extra,
    sys_platform: "linux",
    platform_system: "Linux",
    os_name: "posix",
    python_version: PYTHON_VERSION,
  };
  const actual = found[name];
  if (actual === undefined) throw new Error(`Cannot read the marker "${comparison}"`);
  if (operator === "==") return actual === value;
  if (operator === "!=") return actual !== value;
  if (name !== "python_version") throw new Error(`Cannot read the marker "${comparison}"`);
  return satisfies(actual, `${operator}${value}`);
}
