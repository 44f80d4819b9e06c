// Runs other programs to their end, and says by name which one is missing.
import { check } from "./report.ts";

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Record<string, string>;
  timeoutMs?: number;
}

export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  checkTool(command[0] ?? "");
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: options.env ?? { ...process.env },
    timeout: options.timeoutMs ?? 600_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Like `runCommand`, and throws with the last lines of stderr when the exit code is not 0. */
export async function runGood(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, options);
  const tail = (stderr.trim() || stdout.trim()).split("\n").slice(-4).join(" | ");
  check(code === 0, `${command.slice(0, 3).join(" ")} ended with ${code}: ${tail}`);
  return stdout;
}

export function checkTool(name: string): void {
  check(name.includes("/") || Bun.which(name) !== null, `the tool "${name}" is missing`);
}
