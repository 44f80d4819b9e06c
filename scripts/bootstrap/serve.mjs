// Runs the server as our child, hands signals on to it, and ends with its exit code.
import { spawn } from "node:child_process";
import { formatExitCode } from "./run-step.mjs";

/**
 * Exit code of the server. It shares our process group, so that whoever kills the group leaves nothing behind; a Ctrl-C
 * that reaches it from the terminal and through us as well is one signal to it (see src/cli/stop-signals.ts).
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export function serve(program, args) {
  const child = spawn(program, args, { stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    // A closed terminal is no reason to drop the requests in hand.
    process.on(signal, () => child.kill(signal === "SIGHUP" ? "SIGTERM" : signal));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code, signal) => resolve(formatExitCode(code, signal)));
  });
}
