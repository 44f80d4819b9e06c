// Runs a program to its end, with everything that it says in the log.
import { basename } from "node:path";
import { writeLog } from "./steps.ts";

export interface Machine {
  /** The compiled file. */
  executable: string;
  /** What was carried and is kept between calls; absolute. */
  kept: string;
  /** Brought back. */
  out: string;
  /** The model's name. */
  model: string;
}

export interface Output {
  code: number;
  stdout: string;
  /** The last of what it said on either, for an error. */
  lastLines: string;
}

export interface RunOptions {
  seconds: number;
  environment?: Readonly<Record<string, string>>;
  /** Also where it fails. */
  takesFailure?: boolean;
}

/** Of this process, offline. */
export function createEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).map(([name, value]) => [name, value ?? ""] as const);
  return { ...Object.fromEntries(own), TERMITE_OFFLINE: "1" };
}

/** Throws with its last lines where it fails or takes too long. */
export async function runCommand({ out }: Machine, command: readonly string[], options: RunOptions): Promise<Output> {
  const { seconds, environment = createEnvironment(), takesFailure = false } = options;
  writeLog(out, `$ ${command.join(" ")}\n`);
  const child = Bun.spawn([...command], {
    env: { ...environment }, stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: Math.ceil(Math.max(1, seconds) * 1000), killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  writeLog(out, `${stdout}${stderr}(ended with ${code})\n`);
  const lastLines = (stderr.trim() === "" ? stdout : stderr).trim().split("\n").slice(-4).join(" | ");
  if (code === 0 || (takesFailure && child.signalCode === null)) return { code, stdout, lastLines };
  const how = child.signalCode === null ? `ended with ${code}` : `was killed after ${seconds.toFixed(0)} s (${child.signalCode})`;
  throw new Error(`"${command.slice(1, 3).map((word) => basename(word)).join(" ")}" ${how}: ${lastLines}`);
}

export const runTermite = (machine: Machine, argv: readonly string[], options: RunOptions): Promise<Output> =>
  runCommand(machine, [machine.executable, ...argv], options);
