// The configuration's flags, for `parseArgs` of `node:util` and for `--help`.
import { CONFIG_KEYS } from "./keys.ts";
import type { ConfigKey } from "./keys.ts";

export interface FlagDescription {
  /** As typed, without the dashes: "models-dir". */
  flag: string;
  type: "string" | "boolean";
  description: string;
  /** What stands for the value: "DIR". Of a boolean: it may have one, behind "=". */
  valueHint?: string;
  /** The words that it accepts, one or (a list) several. */
  choices?: readonly string[];
  /** As text, for the end of the line; absent where there is none. */
  default?: string;
}

/**
 * The `options` of `parseArgs`, by the flag's name as people type it. Use `strict` and `allowNegative`; take the value of
 * a boolean with a `valueHint` out before.
 */
export function configFlagOptions(): Record<string, { type: "string" | "boolean" }> {
  return Object.fromEntries(listFlags().map(({ flag, row }) => [flag, { type: resolveType(row) }]));
}

/** In the order of the table. */
export function describeFlags(): FlagDescription[] {
  return listFlags().map(({ flag, row }) => ({
    flag,
    type: resolveType(row),
    description: row.description,
    ...(row.argument !== undefined && { valueHint: row.argument }),
    ...(row.choices !== undefined && { choices: row.choices }),
    ...describeDefault(row),
  }));
}

function listFlags(): { flag: string; row: ConfigKey }[] {
  return CONFIG_KEYS.flatMap((row) => (row.flag === undefined ? [] : [{ flag: row.flag, row }]));
}

function resolveType(row: ConfigKey): "string" | "boolean" {
  return row.kind === "boolean" || row.kind === "switch" ? "boolean" : "string";
}

function describeDefault(row: ConfigKey): { default?: string } {
  if (row.defaultText !== undefined) return { default: row.defaultText };
  if (row.default === undefined || row.default === false) return {};
  const text = typeof row.default === "object" ? row.default.join(",") : String(row.default);
  return text === "" ? {} : { default: text };
}
