// One engine in a process of its own, asked line by line.
import type { Reply, Request } from "./protocol.ts";

export interface Child {
  name: string;
  /** What the engine calls itself. */
  engine: string;
  ask(request: Request): Promise<Reply>;
  stop(): Promise<void>;
}

/** Gives the reason instead where the engine cannot be measured here. */
export async function startChild(
  name: string, command: readonly string[], environment: Readonly<Record<string, string>>,
): Promise<Child | { lack: string }> {
  const child = Bun.spawn([...command], { env: { ...environment }, stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = readLines(child.stdout);
  const read = async (): Promise<Reply> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`Cannot measure ${name}: its process ended with ${await child.exited}`);
    return JSON.parse(value);
  };
  const first = await read();
  if (first.kind === "lack") return { lack: first.reason };
  if (first.kind !== "ready") throw new Error(`Cannot measure ${name}: found reply "${first.kind}"`);
  return {
    name, engine: first.engine,
    async ask(request) {
      await child.stdin.write(`${JSON.stringify(request)}\n`);
      await child.stdin.flush();
      return read();
    },
    async stop() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
