// Reads the configuration: flag over environment over file over default, every problem at once. The only door to c12,
// which is kept to reading one checked YAML file as data; nothing that a file says or that lies beside it is executed.
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { LoadConfigOptions } from "c12";
import { findErrorCode } from "../errors.ts";
import { isRecord } from "../is-record.ts";
import type { LoadedConfig } from "./config.ts";
import { createFileLayer } from "./file-layer.ts";
import type { FileLayer } from "./file-layer.ts";
import { findConfigFile, hasYamlSuffix } from "./find-file.ts";
import type { FoundFile } from "./find-file.ts";
import { resolveUserHome } from "./paths.ts";
import { createConfigError } from "./problem.ts";
import type { ConfigProblem } from "./problem.ts";
import { createConfig, resolveHome } from "./resolve.ts";
import { parseEnvironment, parseFlags } from "./text-layer.ts";
import { checkYamlText, LARGEST_FILE_BYTES } from "./yaml-text.ts";

export interface ConfigInput {
  /** What `parseArgs` gave for `configFlagOptions()`; other names in it are not looked at. */
  flags: Readonly<Record<string, unknown>>;
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Whether stderr is one. */
  isTerminal: boolean;
}

/** Throws `invalid_config` with every problem, or `public_address_refused`. */
export async function loadConfig({ flags, env, cwd, isTerminal }: ConfigInput): Promise<LoadedConfig> {
  const userHome = resolveUserHome(env);
  const fromEnvironment = parseEnvironment(env, cwd);
  const fromFlags = parseFlags(flags, cwd);
  const home = resolveHome(new Map([...fromEnvironment.settings, ...fromFlags.settings]), userHome);
  const named = typeof flags.config === "string" ? flags.config : undefined;
  const found = await findConfigFile({ named, cwd, home, userHome });
  const fromFile = await readLayer(found);

  const layers = [fromFile, fromEnvironment, fromFlags];
  const problems = layers.flatMap((layer) => layer.problems);
  if (problems.length > 0) throw createConfigError(problems);
  const settings = new Map(layers.flatMap((layer) => [...layer.settings]));
  const isKubernetes = env.KUBERNETES_SERVICE_HOST !== undefined;
  return {
    ...createConfig(settings, fromFile.known, { userHome, isTerminal, isKubernetes }),
    file: found.kind === "file" ? found.source.path : undefined,
    warnings: layers.flatMap((layer) => layer.warnings),
  };
}

async function readLayer(found: FoundFile): Promise<FileLayer> {
  if (found.kind === "none") return createEmptyLayer([]);
  if (found.kind === "problem") return createEmptyLayer([found.problem]);
  const { source } = found;
  try {
    const check = await checkYamlText(await readText(source.path), source.shown);
    if (check.kind === "problems") return createEmptyLayer(check.problems);
    if (check.kind === "empty") return createEmptyLayer([]);
    return createFileLayer(await readYamlData(source.path), source);
  } catch (error) {
    return createEmptyLayer([{ where: source.shown, message: describeFailure(error) }]);
  }
}

function createEmptyLayer(problems: readonly ConfigProblem[]): FileLayer {
  return { settings: new Map(), problems, warnings: [], known: {} };
}

async function readText(path: string): Promise<string> {
  const facts = await stat(path);
  // c12 follows links before it looks at the suffix.
  if (!hasYamlSuffix(await realpath(path))) throw new FileRefusal('is a link to a file that is not ".yaml" or ".yml"');
  if (facts.isDirectory()) throw new FileRefusal("is a folder, expected a file");
  if (!facts.isFile()) throw new FileRefusal("is not a plain file");
  if (facts.size > LARGEST_FILE_BYTES) {
    throw new FileRefusal(`found ${facts.size} bytes, expected at most ${LARGEST_FILE_BYTES}`);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
}

/**
 * The one call of c12. It would execute `termite.yaml.ts` or whatever else lies near if the file vanished between the
 * checks and this, so what can run code refuses (`jiti: false` would not: c12 then makes one), and what looks at other
 * files is off. `merger` takes the first value there is: c12's own concatenates lists and drops nulls.
 */
export async function readYamlData(path: string): Promise<Record<string, unknown>> {
  const { loadConfig: readWithC12 } = await import("c12");
  const options: LoadConfigOptions = {
    cwd: dirname(path),
    configFile: path,
    configFileRequired: true,
    rcFile: false,
    globalRc: false,
    giget: false,
    extend: false,
    dotenv: false,
    packageJson: false,
    envName: false,
    merger: (...sources) => sources.find((source) => source !== undefined && source !== null) ?? {},
  };
  const { config } = await readWithC12(Object.assign(options, { jiti: { import: refuseCode } }));
  if (!isRecord(config)) throw new FileRefusal("changed while it was read");
  return config;
}

function refuseCode(): never {
  throw new FileRefusal("is not plain YAML: a configuration is never executed");
}

/** What is wrong with the file as such, in words for a problem's message. */
class FileRefusal extends Error {}

const FAILURES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file"],
  ["ENOTDIR", "no such file"],
  ["EACCES", "cannot be read: permission denied"],
  ["EPERM", "cannot be read: permission denied"],
  ["ERR_ENCODING_INVALID_ENCODED_DATA", "is not UTF-8 text"],
]);

function describeFailure(error: unknown): string {
  if (error instanceof FileRefusal) return error.message;
  if (!(error instanceof Error)) throw error;
  return FAILURES.get(findErrorCode(error) ?? "") ?? `cannot be read: ${error.message}`;
}
