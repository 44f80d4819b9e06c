// A child process of a bench that is asked line by line and answers line by line.

export interface LineChild {
  pid: number;
  /** The next line of the child. */
  read(): Promise<string>;
  /** One line in, the next line out. */
  ask(line: string): Promise<string>;
  /** Ends its input and waits for it. */
  stop(): Promise<void>;
}

/** `name` is for the error of a child that ends too early. */
export function startLineChild(name: string, command: readonly string[], environment: Readonly<Record<string, string>>): LineChild {
  const child = Bun.spawn([...command], { env: { ...environment }, stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = readLines(child.stdout);
  const read = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`Cannot measure ${name}: its process ended with ${await child.exited}`);
    return value;
  };
  return {
    pid: child.pid,
    read,
    async ask(line) {
      await child.stdin.write(`${line}\n`);
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
