// What is done one after the other on the machine, each with its own end: what fails says so and the next goes on. The result is
// written after every step, so that a command cut short brings back what there was.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StepResult {
  name: string;
  ok: boolean;
  seconds: number;
  /** What it found. */
  data?: unknown;
  error?: string;
}

export interface Steps {
  /** Gives what it found, `undefined` where it failed. */
  run<T>(name: string, body: (seconds: number) => Promise<T>): Promise<T | undefined>;
  readonly ok: boolean;
}

export interface StepsOptions {
  /** Brought back from the machine. */
  out: string;
  facts: Readonly<Record<string, unknown>>;
  /** Of all steps. */
  seconds: number;
}

export function createSteps({ out, facts, seconds: allSeconds }: StepsOptions): Steps {
  const results: StepResult[] = [];
  const begun = performance.now();
  const write = (): void => writeFileSync(join(out, "result.json"), `${JSON.stringify({ ...facts, ok: isOk(), steps: results }, null, 2)}\n`);
  const isOk = (): boolean => results.length > 0 && results.every(({ ok }) => ok);
  const add = (result: StepResult): void => {
    results.push(result);
    console.log(`${result.ok ? "ok    " : "FAILED"} ${result.name} (${result.seconds.toFixed(1)} s)${result.error === undefined ? "" : `: ${result.error}`}`);
    write();
  };
  return {
    get ok() { return isOk(); },
    async run(name, body) {
      const stepBegun = performance.now();
      const left = allSeconds - (stepBegun - begun) / 1000;
      const spent = (): number => (performance.now() - stepBegun) / 1000;
      try {
        if (left < 5) throw new Error("no time is left; run it alone with --only");
        writeLog(out, `\n=== ${name}\n`);
        const data = await body(left);
        add({ name, ok: true, seconds: spent(), data });
        return data;
      } catch (error) {
        add({ name, ok: false, seconds: spent(), error: error instanceof Error ? error.message : String(error) });
        return undefined;
      }
    },
  };
}

/** One file for all: only a few come back. */
export const writeLog = (out: string, text: string): void => appendFileSync(join(out, "log.txt"), text);
