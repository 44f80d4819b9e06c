// Version numbers and specifiers of Python packages (the version specifiers specification), as far as wheels that we lock
// use them: plain numbers only. Everything else (pre-release, post, dev, local, epoch) is not a version to us.
import { compareVersions } from "../../src/version-order.ts";

/** "13.10.0.20" is; "1.0rc1", "0.9.0.dev2", "1.0.post1", "1!2.0" are not. */
export function isPlainVersion(version: string): boolean {
  return /^\d+(\.\d+)*$/.test(version);
}

type Compare = (version: string, bound: string) => boolean;

const OPERATORS: Readonly<Record<string, Compare>> = {
  ">=": (version, bound) => compareVersions(version, bound) >= 0,
  "<=": (version, bound) => compareVersions(version, bound) <= 0,
  ">": (version, bound) => compareVersions(version, bound) > 0,
  "<": (version, bound) => compareVersions(version, bound) < 0,
  "==": isSame,
  "!=": (version, bound) => !isSame(version, bound),
  "~=": isCompatible,
};

/** Sample: `<10.0,>=9.12.0.46`; empty is everything. Throws an Error for what it does not understand. */
export function satisfies(version: string, specifiers: string): boolean {
  return specifiers
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .every((text) => {
      const [, operator = "", bound = ""] = /^(~=|[=!<>]=|[<>])\s*(\d[\d.]*(?:\.\*)?)$/.exec(text) ?? [];
      const compare = OPERATORS[operator];
      if (compare === undefined) throw new Error(`Cannot read the version specifier "${text}"`);
      return compare(version, bound);
    });
}

/** `==3.12.*` is every 3.12. */
function isSame(version: string, bound: string): boolean {
  return bound.endsWith(".*") ? startsWith(version, bound.slice(0, -2)) : compareVersions(version, bound) === 0;
}

/** `~=13.0` is at least 13.0 and some 13. */
function isCompatible(version: string, bound: string): boolean {
  return compareVersions(version, bound) >= 0 && startsWith(version, bound.split(".").slice(0, -1).join("."));
}

function startsWith(version: string, prefix: string): boolean {
  return `${version}.`.startsWith(`${prefix}.`);
}
