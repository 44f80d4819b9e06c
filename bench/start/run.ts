// `bun bench/start/run.ts [--json] [--rounds 10]`: how soon and how small the compiled file is, medians of ten.
// Wall times from exec; a first answer counts only when its vector is the reference's.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureFile } from "./file.ts";
import { measureFirstAnswer, measureLaterStart, measureVersion } from "./latency.ts";
import { measureMemory } from "./memory.ts";

interface Row {
  name: string;
  unit: "ms" | "MB";
  /** What it should stay under. */
  ceiling: number;
  median: number;
  samples: number[];
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "10" },
    "idle-seconds": { type: "string", default: "60" },
  },
});

function createRow(name: string, limit: Pick<Row, "unit" | "ceiling">, samples: readonly number[]): Row {
  const sorted = [...samples].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
  return { name, ...limit, median: round(median), samples: samples.map(round) };
}

const round = (value: number): number => Math.round(value * 10) / 10;

async function repeat(rounds: number, measure: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < rounds; i++) samples.push(await measure());
  return samples;
}

function formatRow({ name, unit, ceiling, median, samples }: Row): string {
  const verdict = median < ceiling ? "" : "  OVER";
  const range = `${Math.min(...samples)}-${Math.max(...samples)}`;
  return `${name.padEnd(38)} ${String(median).padStart(8)} ${unit}  under ${String(ceiling).padStart(4)}  (${range})${verdict}`;
}

const executable = join(import.meta.dir, "..", "..", "dist", "termite");
const rounds = Number(values.rounds);
const file = await measureFile(executable);
const rows = [
  createRow("--version", { unit: "ms", ceiling: 60 }, await repeat(rounds, () => measureVersion(executable))),
  createRow("first answer, fresh home", { unit: "ms", ceiling: 4000 }, await repeat(rounds, () => measureFirstAnswer(executable))),
  createRow("first answer, later start", { unit: "ms", ceiling: 1000 }, await measureLaterStart(executable, rounds)),
  createRow("server PSS, idle after 1,000 requests", { unit: "MB", ceiling: 120 }, [
    await measureMemory(executable, { requests: 1000, idleMs: Number(values["idle-seconds"]) * 1000 }),
  ]),
  createRow("file", { unit: "MB", ceiling: 215 }, [file.sizeMb]),
];

if (values.json) console.log(JSON.stringify({ sha256: file.sha256, rows }, null, 2));
else console.log([`sha256 ${file.sha256}`, ...rows.map(formatRow)].join("\n"));
