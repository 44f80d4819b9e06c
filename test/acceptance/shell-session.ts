// A real shell on a real terminal, as a person has it: keys go in, what the screen shows comes out.
import { check } from "./report.ts";

const WAIT_MS = 15_000;

export interface ShellSession {
  /** Types the keys and returns what the screen has shown since, once it holds all of `expected`. */
  type(keys: string, expected: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export function openShellSession(command: readonly string[], env: Record<string, string>): ShellSession {
  let screen = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([...command], {
    env,
    terminal: { cols: 200, rows: 50, data: (_, bytes) => void (screen += decoder.decode(bytes, { stream: true })) },
  });
  return {
    async type(keys, expected) {
      screen = "";
      child.terminal?.write(keys);
      for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await Bun.sleep(20)) {
        if (expected.every((text) => screen.includes(text))) return screen;
      }
      const shown = JSON.stringify(screen.slice(-300));
      check(false, `${command[0]} does not show ${JSON.stringify(expected)} after ${JSON.stringify(keys)}, but ${shown}`);
    },
    async close() {
      child.kill("SIGKILL");
      await child.exited;
      child.terminal?.close();
    },
  };
}
