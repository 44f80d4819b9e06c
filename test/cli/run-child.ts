// Runs a scene of child.ts, or the program from its source, and collects what it wrote.
import { join } from "node:path";

export const CHILD = [process.execPath, join(import.meta.dir, "child.ts")];
const MAIN = [process.execPath, join(import.meta.dir, "../../src/main.ts")];

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export const runChild = (args: readonly string[], stdin = ""): Promise<Outcome> => run([...CHILD, ...args], stdin);

export const runMain = (args: readonly string[]): Promise<Outcome> => run([...MAIN, ...args], "");

/** `$CHILD` in the script is the command that runs child.ts. */
export function runShell(script: string): Promise<Outcome> {
  return run(["sh", "-c", script.replaceAll("$CHILD", CHILD.map((word) => `'${word}'`).join(" "))], "");
}

async function run(command: string[], stdin: string): Promise<Outcome> {
  const child = Bun.spawn(command, { stdin: new TextEncoder().encode(stdin), stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

/** What a terminal receives; everything of the script that is not redirected is connected to it. */
export async function runOnTerminal(script: string): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const ended = Promise.withResolvers<void>();
  const command = ["sh", "-c", script.replaceAll("$CHILD", CHILD.map((word) => `'${word}'`).join(" "))];
  const child = Bun.spawn(command, {
    terminal: { cols: 80, rows: 24, data: (_, bytes) => void (text += decoder.decode(bytes)), exit: () => ended.resolve() },
  });
  await child.exited;
  await Promise.race([ended.promise, Bun.sleep(200)]);
  child.terminal?.close();
  return text;
}
