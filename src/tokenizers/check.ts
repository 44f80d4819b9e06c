// Opens a tokenizer file in a child process first: a hostile one may abort, hang or eat the memory of whoever opens it.
import { readFile } from "node:fs/promises";

/** Large vocabularies take 2 s on a slow core; the deadline is for those that never end. */
const DEADLINE_MS = 10_000;
/** A vocabulary of 260,000 words takes about 300 MB. Watched, not limited: an address-space limit stops Bun itself. */
const MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024;
const WATCH_MS = 20;

export interface TokenizerCheckOptions {
  /** The command of the child; the addon's path and the file are added. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  addonPath: string;
  deadlineMs?: number;
  memoryLimitBytes?: number;
}

/** Of one child: what it found, or that somebody else killed it, which says nothing about the file. */
type Outcome = { problem: string | undefined } | "killed";

/** What is wrong with the file, in words without a path; `undefined` when it can be used. */
export async function findTokenizerProblem(file: string, options: TokenizerCheckOptions): Promise<string | undefined> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const outcome = await checkOnce(file, options);
    if (outcome !== "killed") return outcome.problem;
  }
  return "the process that checks it is killed each time";
}

async function checkOnce(file: string, options: TokenizerCheckOptions): Promise<Outcome> {
  const { deadlineMs = DEADLINE_MS, memoryLimitBytes = MEMORY_LIMIT_BYTES } = options;
  const child = Bun.spawn([...options.command, options.addonPath, file], {
    env: options.environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const stop: { reason?: string } = {};
  const end = (reason: string): void => {
    stop.reason ??= reason;
    child.kill("SIGKILL");
  };
  const deadline = setTimeout(() => end(`it took longer than ${deadlineMs / 1000} s to open`), deadlineMs);
  const checkMemory = async (): Promise<void> => {
    const isOver = (await readResidentBytes(child.pid)) > memoryLimitBytes;
    if (isOver) end(`it took more than ${Math.round(memoryLimitBytes / 2 ** 20)} MiB of memory to open`);
  };
  const watch = setInterval(() => void checkMemory(), WATCH_MS);
  try {
    const [said, exitCode] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (stop.reason !== undefined) return { problem: stop.reason };
    if (exitCode === 0) return { problem: undefined };
    if (child.signalCode === "SIGKILL") return "killed";
    return { problem: said.slice(0, 300) || `it ends the tokenizer library (${child.signalCode ?? `exit code ${exitCode}`})` };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
  }
}

/** 0 when the process has ended. Sample of the line: "VmRSS:\t   12345 kB". */
async function readResidentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
