// A child process that runs cases, started anew when a case crashes or hangs.
import { basename } from "node:path";
import type { CaseResult } from "./run-case.ts";

/** No case takes a tenth of it. */
const DEADLINE_MS = 60_000;

export interface CaseWorker {
  run(folder: string): Promise<CaseResult>;
  close(): Promise<void>;
}

export function createWorker(library: string): CaseWorker {
  let child = startChild(library);
  return {
    async run(folder) {
      child.send(folder);
      const line = await child.read();
      if (line.text !== undefined) return JSON.parse(line.text);
      await child.stop();
      child = startChild(library);
      return { name: basename(folder), outcome: "error", reason: `the process ended: ${line.reason}` };
    },
    close: () => child.stop(),
  };
}

interface Line {
  text?: string;
  reason?: string;
}

function startChild(library: string) {
  const started = Bun.spawn([process.execPath, `${import.meta.dir}/child.ts`, library], {
    stdin: "pipe", stdout: "pipe", stderr: "ignore",
    // It is read by the plugin when it is loaded: without it failures would be logged.
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  const lines = readLines(started.stdout);
  return {
    send(folder: string): void {
      void started.stdin.write(`${folder}\n`);
      void started.stdin.flush();
    },
    async read(): Promise<Line> {
      const late = Promise.withResolvers<Line>();
      const timer = setTimeout(() => late.resolve({ reason: `no answer in ${DEADLINE_MS / 1000} s` }), DEADLINE_MS);
      const line = lines.next().then(async ({ value, done }): Promise<Line> => {
        return done === true ? { reason: describeEnd(await started.exited, started.signalCode ?? undefined) } : { text: value };
      });
      return Promise.race([line, late.promise]).finally(() => clearTimeout(timer));
    },
    async stop(): Promise<void> {
      started.kill("SIGKILL");
      await started.exited;
    },
  };
}

const describeEnd = (code: number, signal: string | number | undefined): string => (signal === undefined ? `exit code ${code}` : String(signal));

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  return undefined;
}
