// A closed loop: so many clients, each with one request under way; what is measured begins and ends with an answer.
import { readCpuSeconds } from "../cpu.ts";
import { createTexts } from "../texts.ts";
import type { TextKind } from "../texts.ts";
import type { Line } from "./line.ts";

export interface Load {
  clients: number;
  /** Of one request. */
  texts: number;
  kind: TextKind;
  /** Number of the first text; each that follows has the next. */
  first: number;
  warmUpSeconds: number;
  seconds: number;
  /** The process whose CPU time counts, with all that it started. */
  pid: number;
}

export interface Figures {
  seconds: number;
  tokens: number;
  requests: number;
  cpuSeconds: number;
  /** Of this process. */
  clientCpuSeconds: number;
  latenciesMs: number[];
  /** Number of the next text that nobody sent. */
  next: number;
}

/** Every so many answers one is looked into. */
const CHECK_EVERY = 50;

interface Mark {
  atMs: number;
  cpuSeconds: number;
  clientCpuSeconds: number;
}

export async function runLoad(line: Line, load: Load): Promise<Figures> {
  const startMs = performance.now();
  const counts = { tokens: 0, requests: 0, next: load.first, latenciesMs: new Array<number>() };
  let begin: Mark | undefined;
  let end: Mark | undefined;
  const note = (latencyMs: number, tokens: number): void => {
    const now = performance.now();
    if (end !== undefined) return;
    if (begin === undefined) {
      if (now - startMs >= load.warmUpSeconds * 1000) begin = readMark(load.pid);
      return;
    }
    counts.tokens += tokens;
    counts.requests++;
    counts.latenciesMs.push(latencyMs);
    if (now - begin.atMs >= load.seconds * 1000) end = readMark(load.pid);
  };
  const client = async (): Promise<void> => {
    while (end === undefined) {
      const texts = createTexts(load.kind, counts.next, load.texts);
      counts.next += load.texts;
      const sentMs = performance.now();
      const answer = await line.send(texts.map(({ text }) => text));
      note(performance.now() - sentMs, texts.reduce((sum, { tokens }) => sum + tokens, 0));
      if (counts.requests % CHECK_EVERY === 0) checkUnit(line.parse(answer, texts.length), texts.length);
    }
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  return createFigures(counts, begin, end);
}

function readMark(pid: number): Mark {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuSeconds: readCpuSeconds(pid), clientCpuSeconds: (user + system) / 1e6 };
}

type Counts = Pick<Figures, "tokens" | "requests" | "latenciesMs" | "next">;

function createFigures(counts: Counts, begin: Mark | undefined, end: Mark | undefined): Figures {
  if (begin === undefined || end === undefined) throw new RangeError("Cannot measure: found no answer in the time given");
  return {
    ...counts,
    seconds: (end.atMs - begin.atMs) / 1000,
    cpuSeconds: end.cpuSeconds - begin.cpuSeconds,
    clientCpuSeconds: end.clientCpuSeconds - begin.clientCpuSeconds,
  };
}

/** An engine that answers with nonsense is not fast but wrong. */
function checkUnit(vectors: readonly Float32Array[], count: number): void {
  const lengths = vectors.map((vector) => Math.hypot(...vector));
  if (vectors.length === count && lengths.every((length) => Math.abs(length - 1) < 0.01)) return;
  throw new RangeError(`Cannot measure: found ${vectors.length} vectors of lengths ${lengths.join(", ")} for ${count} texts`);
}
