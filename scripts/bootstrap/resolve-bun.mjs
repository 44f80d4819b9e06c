// Finds the one Bun that this repository is built with, through npx, and remembers where it lies.
import { execFile } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const BUN_VERSION = "1.4.5";
const run = promisify(execFile);

/**
 * `env` for npm and Bun: no notices, and caches inside the repository where the home folder cannot be written.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export function createToolEnvironment(root, env) {
  const quiet = { ...env, npm_config_update_notifier: "false", npm_config_loglevel: "error" };
  const npmCache = env.npm_config_cache ?? join(homedir(), ".npm");
  const bunCache = env.BUN_INSTALL_CACHE_DIR ?? join(homedir(), ".bun", "install", "cache");
  return {
    ...quiet,
    ...(isWritable(npmCache) ? {} : { npm_config_cache: join(root, ".cache", "npm") }),
    ...(isWritable(bunCache) ? {} : { BUN_INSTALL_CACHE_DIR: join(root, ".cache", "bun-install") }),
  };
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Path of Bun, and `env` with its folder first in PATH so that package scripts find it.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function resolveBun(root, env) {
  const stamp = join(root, ".cache", `bun-${BUN_VERSION}-path`);
  const known = (await readFile(stamp, "utf8").catch(() => "")).trim();
  if (await isBun(known)) return createBun(known, env);
  process.stderr.write(`bootstrap: getting Bun ${BUN_VERSION} through npx …\n`);
  // Bun's own npm package needs its install script, which puts the binary in place.
  const args = ["--yes", "--ignore-scripts=false", "--package", `bun@${BUN_VERSION}`, "-c", "command -v bun"];
  const found = (await run("npx", args, { env, cwd: root })).stdout.trim();
  if (!(await isBun(found))) throw new Error(`Cannot get Bun ${BUN_VERSION}: npx gave "${found}"`);
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, `${found}\n`);
  return createBun(found, env);
}

/** @param {string} path */
async function isBun(path) {
  if (path === "") return false;
  const version = await run(path, ["--version"]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  return version === BUN_VERSION;
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 */
function createBun(path, env) {
  return { path, env: { ...env, PATH: [dirname(path), env.PATH ?? ""].join(delimiter) } };
}
