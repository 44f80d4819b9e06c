// Starts `server.ts` and talks to it.
import { join } from "node:path";
import type { Line } from "./shaped-server.ts";

export interface BenchServer extends AsyncDisposable {
  fastUrl: string;
  shapedUrl: string;
  /** Gives what was sent over the line before. */
  setLine(line: Line): Promise<number>;
  readSentBytes(): Promise<number>;
}

export async function startServer(wheels: string): Promise<BenchServer> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "server.ts"), wheels], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = readLines(child.stdout);
  const read = async <T>(): Promise<T> => {
    const { value } = await lines.next();
    if (value === undefined) throw new Error("The index server ended");
    return JSON.parse(value) as T;
  };
  const ask = async (question: Line | "ask"): Promise<number> => {
    void child.stdin.write(`${JSON.stringify(question)}\n`);
    await child.stdin.flush();
    return (await read<{ sentBytes: number }>()).sentBytes;
  };
  const { fast, shaped } = await read<{ fast: number; shaped: number }>();
  return {
    fastUrl: `http://127.0.0.1:${fast}/simple/`,
    shapedUrl: `http://127.0.0.1:${shaped}/simple/`,
    setLine: ask,
    readSentBytes: () => ask("ask"),
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const bytes of stream) {
    held += decoder.decode(bytes, { stream: true });
    const lines = held.split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
