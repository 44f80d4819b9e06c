// What cannot be tried inside the test's own process: signals, stdin, full pipes, terminals. One scene a run.
import { constants, readFileSync } from "node:fs";
import { readBatches } from "../../src/cli/input-lines.ts";
import { createInterrupt } from "../../src/cli/interrupt.ts";
import { createLog, isColorWanted, readStdoutLook, writeData, writeMessage, writeTable } from "../../src/cli/output.ts";
import { createProgress } from "../../src/cli/progress.ts";
import { createStopSignals } from "../../src/cli/stop-signals.ts";
import type { LogLevel } from "../../src/config/config.ts";
import { formatError } from "../../src/errors.ts";
import { createBulk } from "./bulk.ts";

const writeJson = (value: unknown) => writeMessage(`${JSON.stringify(value)}\n`);

/** Longer than the time in which signals count as one. */
const LATER_MS = 150;

const SCENES: Record<string, (argument: string) => Promise<void> | void> = {
  bulk(lines) {
    writeData(createBulk(Number(lines)));
  },
  /** Bun makes a pipe non-blocking when `process.stdout` is touched: a write that does not fit is EAGAIN from then on. */
  bulkWithoutBlocking(lines) {
    writeJson({ isTerminal: process.stdout.isTTY === true, isNonBlocking: isNonBlocking(1) });
    writeData(createBulk(Number(lines)));
  },
  deaf() {
    for (let piece = 0; piece < 4; piece++) writeData("x".repeat(1_000_000));
    writeMessage("lives\n");
  },
  both() {
    writeData("data\n");
    writeMessage("message\n");
  },
  log(level) {
    const log = createLog({ level: level as LogLevel, style: "logfmt", color: false });
    for (const name of ["debug", "info", "warn", "error"] as const) log[name]("said", { n: 1 });
    for (let repeat = 0; repeat < 10; repeat++) log.error("again");
  },
  color() {
    const flags = [{}, { color: false }, {}, {}, {}, {}];
    const environments = [{}, {}, { NO_COLOR: "1" }, { NO_COLOR: "0" }, { TERM: "dumb" }, { NO_COLOR: "" }] as const;
    const isWanted = (stream: "stdout" | "stderr") =>
      environments.map((environment, index) => isColorWanted(stream, flags[index] ?? {}, environment));
    writeJson([isWanted("stdout"), isWanted("stderr")]);
  },
  look(flag) {
    writeJson(readStdoutLook(flag === "--no-color" ? { color: false } : {}));
  },
  table() {
    writeTable(["NAME", "WHY"], [["short", "word ".repeat(30).trim()]], {});
  },
  progress(wanted) {
    const progress = createProgress(wanted === "wanted");
    progress.show("one");
    progress.show("two");
    progress.end();
  },
  silentProgress() {
    createProgress(true).end();
  },
  async lines(mode) {
    const stop = new AbortController();
    const batches = readBatches({ size: 2, jsonLines: mode === "json", signal: stop.signal });
    try {
      for await (const batch of batches) {
        writeJson(batch);
        if (mode === "abort") stop.abort(new Error("told to stop"));
      }
    } catch (error) {
      writeJson({ error: String(error) });
    }
  },
  async doubledSignal(name) {
    const seen = watchStop();
    process.emit("SIGINT");
    process.emit(name as NodeJS.Signals);
    await Bun.sleep(20);
    writeJson(seen);
  },
  async laterSignal(name) {
    const seen = watchStop();
    process.kill(process.pid, "SIGINT");
    await Bun.sleep(LATER_MS);
    const before = { ...seen };
    process.kill(process.pid, name);
    await Bun.sleep(20);
    writeJson({ before, after: seen });
  },
  async interrupt(name) {
    const before = countHandlers();
    const interrupt = createInterrupt();
    process.kill(process.pid, name);
    await Bun.sleep(20);
    const { message, exitCode } = interrupt.signal.reason ?? {};
    interrupt.close();
    writeJson({ aborted: interrupt.signal.aborted, message, exitCode, left: countHandlers() - before });
  },
  async interruptedWork(kind) {
    const interrupt = createInterrupt();
    let isClean = false;
    const cleanUp = async () => {
      await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve));
      if (kind === "hanging work") await new Promise(() => undefined);
      await Bun.sleep(50);
      isClean = true;
      throw new Error("killed");
    };
    const work = cleanUp();
    process.kill(process.pid, "SIGTERM");
    const message = await interrupt.race(work).catch(formatError);
    writeJson({ message, isClean });
  },
};

function watchStop() {
  const stop = createStopSignals();
  const seen: { first: boolean; aborted: boolean; second?: number } = { first: false, aborted: false };
  void stop.first.then(() => Object.assign(seen, { first: true, aborted: stop.signal.aborted }));
  void stop.second.then((code) => (seen.second = code));
  return seen;
}

/** Linux says it as octal digits: "flags:\t0104001". */
function isNonBlocking(fd: number): boolean {
  const flags = /^flags:\t([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}

function countHandlers(): number {
  return process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
}

const [scene = "", argument = ""] = process.argv.slice(2);
await SCENES[scene]?.(argument);
process.exit(SCENES[scene] === undefined ? 99 : 0);
