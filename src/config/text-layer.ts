// The layers that are text: `TERMITE_*` variables and flags.
import { findNearest } from "../nearest.ts";
import { CLIENT_VARIABLES, DETECTION_VARIABLES } from "./choices.ts";
import { dropForeignValues, findForeignKey, formatForeignKey } from "./go-termite.ts";
import { CONFIG_KEYS } from "./keys.ts";
import type { ConfigKey } from "./keys.ts";
import { createSchemaProblems, parseSettingText } from "./layer.ts";
import type { Layer, Setting } from "./layer.ts";
import type { ConfigProblem } from "./problem.ts";
import { formatFound } from "./problem.ts";
import { findKeySchema } from "./schema.ts";

const PREFIX = "TERMITE_";
const OTHER_VARIABLES = [...DETECTION_VARIABLES, ...CLIENT_VARIABLES];

/**
 * What Kubernetes puts into every container beside a service named "termite" or "termite-…": TERMITE_SERVICE_HOST,
 * TERMITE_SERVICE_PORT_HTTP, TERMITE_PORT=tcp://10.0.0.1:11433, TERMITE_PORT_11433_TCP_ADDR, TERMITE_GPU_PORT_80_TCP.
 */
const SERVICE_LINK = /^TERMITE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Only names that start with `TERMITE_` are looked at; an empty value is the same as none. */
export function parseEnvironment(env: Readonly<Record<string, string>>, baseDir: string): Layer {
  const names = Object.keys(env).filter((name) => name.startsWith(PREFIX) && env[name] !== "");
  const layer = new TextLayer(baseDir);
  for (const name of names.sort()) {
    layer.addVariable(name, env[name] ?? "");
  }
  return layer;
}

/** `flags` is what `parseArgs` gave for `configFlagOptions()`; the names of other flags in it are not looked at. */
export function parseFlags(flags: Readonly<Record<string, unknown>>, baseDir: string): Layer {
  const layer = new TextLayer(baseDir);
  for (const row of CONFIG_KEYS) {
    const value = row.flag === undefined ? undefined : flags[row.flag];
    const where = value === false ? `--no-${row.flag}` : `--${row.flag}`;
    if (value !== undefined && row.key !== "config") layer.add(row, where, value);
  }
  return layer;
}

/** The variables that are no keys, and what an orchestrator puts there. */
function isNoSetting(name: string, text: string): boolean {
  const isServiceAddress = name.endsWith("_PORT") && SERVICE_ADDRESS.test(text);
  return OTHER_VARIABLES.includes(name) || SERVICE_LINK.test(name) || isServiceAddress;
}

class TextLayer implements Layer {
  readonly settings = new Map<string, Setting>();
  readonly problems: ConfigProblem[] = [];
  readonly warnings: string[] = [];
  readonly #baseDir: string;

  constructor(baseDir: string) {
    this.#baseDir = baseDir;
  }

  addVariable(name: string, text: string): void {
    const foreign = findForeignKey(name.slice(PREFIX.length).toLowerCase());
    const row = CONFIG_KEYS.find((key) => key.env === name);
    if (foreign !== undefined) this.warnings.push(formatForeignKey(name, foreign));
    else if (row !== undefined) this.add(row, name, text);
    else if (!isNoSetting(name, text)) this.#addUnknown(name);
  }

  add(row: ConfigKey, where: string, given: unknown): void {
    const schema = findKeySchema(row.key);
    if (schema === undefined) return;
    const parsed = typeof given === "string" ? parseSettingText(row, given) : given;
    const { value, warnings } = dropForeignValues(where, row.key, parsed);
    this.warnings.push(...warnings);
    if (value === undefined) return;
    // A person looks for what they typed: "true" and not true.
    const typed = Array.isArray(value) ? {} : { found: formatFound(given) };
    const problems = createSchemaProblems(schema, value, where, row.key.split("."));
    this.problems.push(...problems.map((problem) => ({ ...problem, ...typed })));
    this.settings.set(row.key, { value, origin: where, baseDir: this.#baseDir });
  }

  /** A slip of the hand is a problem; what resembles nothing may be somebody else's (a wrapper's, a test's) and is a warning. */
  #addUnknown(name: string): void {
    const obeyed = CONFIG_KEYS.flatMap((row) => row.env ?? []);
    const known = [...obeyed, ...OTHER_VARIABLES].map((known) => known.slice(PREFIX.length));
    const suggestion = findNearest(name.slice(PREFIX.length), known);
    if (suggestion === undefined) this.warnings.push(`${name}: unknown environment variable, not obeyed`);
    else this.problems.push({ where: name, message: "unknown environment variable", suggestion: PREFIX + suggestion });
  }
}
