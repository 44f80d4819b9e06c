// One announced, timed child process. A signal that ends us ends it too.
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Exit code of a child that ended with `code` or was ended by `signal`, as a shell gives it.
 * @param {number | null} code
 * @param {string | null} signal
 */
export function formatExitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal ?? ""] ?? 0);
}

/**
 * @param {string} name
 * @param {string[]} command
 * @param {{ root: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export async function runStep(name, [program, ...args], { root, env }) {
  const startMs = performance.now();
  process.stderr.write(`bootstrap: ${name} …\n`);
  const child = spawn(program ?? "", args, { cwd: root, env, stdio: "inherit" });
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal);
    process.exit(formatExitCode(null, signal));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code, signal) => resolve(formatExitCode(code, signal)));
  });
  process.off("SIGINT", stop).off("SIGTERM", stop);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stderr.write(
    `bootstrap: ${name}: ${seconds} s${exitCode === 0 ? "" : `, FAILED with exit code ${exitCode}`}\n`,
  );
  return exitCode;
}
