// `bun bench/install/run.ts --wheels FOLDER [--uv PATH] [--rounds 7] [--only same,needed,…] [--folder DIR] [--json]`: how fast the
// compiled `termite plugin install xla:cuda` is beside `uv pip install --target --no-deps`, from one loopback index, fresh
// caches, alternating, medians. FOLDER has the wheels of the set. See README.md for what was tried and the figures.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "./bench-server.ts";
import { measureCut, measureKill } from "./broken-line.ts";
import { createInstallers, measure } from "./installers.ts";
import type { Measured } from "./installers.ts";
import { makeLock, writePart } from "./locks.ts";
import type { BenchLock } from "./locks.ts";

const GIGABIT = 125e6;
const SLOW = 30e6;
const LIBRARY = "jax-cuda13-pjrt";
const CUDNN = "nvidia-cudnn-cu13";

const { values } = parseArgs({
  options: {
    wheels: { type: "string", default: process.env["TERMITE_BENCH_WHEELS"] ?? "" },
    uv: { type: "string", default: "uv" },
    executable: { type: "string", default: join(import.meta.dir, "../../dist/termite") },
    /** Where both install to. */
    folder: { type: "string", default: tmpdir() },
    rounds: { type: "string", default: "7" },
    only: { type: "string", default: "same,needed,gigabit,slow,cudnn,again,cut,kill" },
    json: { type: "boolean", default: false },
  },
});

interface Row {
  name: string;
  found: number;
  most: number;
  unit: string;
  note: string;
}

const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  if (!values.json) console.log(formatRow(row));
};

const wants = new Set(values.only.split(","));
const rounds = Number(values.rounds);
const work = mkdtempSync(join(values.folder, "bench-install-locks-"));
const installers = createInstallers(values);
await using server = await startServer(values.wheels);
try {
  const all = await makeLock(work, values.wheels, true);
  const needed = await makeLock(work, values.wheels, false);
  // Read once, so that the disk is not what is measured.
  for (const requirement of all.requirements) await warm(requirement);
  if (wants.has("same")) await compare("same files, of uv", { lock: all, uv: all.requirements, most: 0.8 });
  if (wants.has("needed")) await compare("needed files only, of uv", { lock: needed, uv: all.requirements, most: 0.6 });
  if (wants.has("gigabit")) await measureGigabit(needed);
  await server.setLine({ connectionRate: SLOW });
  const slow = { url: server.shapedUrl, count: Math.min(rounds, 3) };
  if (wants.has("slow")) await compare("30 MB/s a connection, of uv", { lock: all, uv: all.requirements, most: 0.6, ...slow });
  if (wants.has("cudnn")) await compareCudnn(all);
  if (wants.has("again")) await measureAgain(needed);
  if (wants.has("cut")) add({ name: "line cut at 60 %, again", found: (await measureCut(server, installers, { lock: all, rate: GIGABIT })) * 100, most: 0.5, unit: "%", note: "" });
  if (wants.has("kill")) add({ name: "kill -9 at 60 %, again", found: (await measureKill(server, installers, { lock: all, rate: GIGABIT })) * 100, most: 2, unit: "%", note: "" });
} finally {
  rmSync(work, { recursive: true });
}
if (values.json) console.log(JSON.stringify({ rows }, null, 2));

async function warm(requirement: string): Promise<void> {
  const name = requirement.slice(0, requirement.indexOf("=="));
  const page: { files: { url: string }[] } = JSON.parse(await (await fetch(new URL(`${name}/`, server.fastUrl))).text());
  for (const { url } of page.files) for await (const bytes of (await fetch(new URL(url, server.fastUrl))).body ?? []) void bytes;
}

interface Comparison {
  lock: BenchLock;
  uv: readonly string[];
  most: number;
  url?: string;
  count?: number;
  termite?: () => Promise<Measured>;
}

async function compare(name: string, { lock, uv, most, url = server.fastUrl, count = rounds, termite }: Comparison): Promise<void> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < count; round++) {
    ours.push(await (termite?.() ?? installers.runTermite(url, lock.path)));
    theirs.push(await installers.runUv(url, uv));
  }
  const [one, other] = [describe(ours), describe(theirs)];
  const note = `${one.text} | uv ${other.text}`;
  add({ name, found: one.seconds / other.seconds, most, unit: "x", note });
  if (url === server.fastUrl) add({ name: `  peak memory, ${name}`, found: one.peakMb, most: 250, unit: "MB", note: `uv ${other.peakMb.toFixed(0)} MB` });
}

/** Beside what the line itself takes. */
async function measureGigabit(lock: BenchLock): Promise<void> {
  await server.setLine({ totalRate: GIGABIT });
  const { seconds, text } = describe([await installers.runTermite(server.shapedUrl, lock.path)]);
  add({ name: "1 Gbit/s, of bytes/bandwidth", found: seconds / (lock.bytes / GIGABIT), most: 1.05, unit: "x", note: text });
}

/** Of a version that differs from one in place by the cuDNN wheel alone. */
async function compareCudnn(all: BenchLock): Promise<void> {
  const before = await writePart(all, "1.0.0", [LIBRARY]);
  const after = await writePart(all, "1.0.1", [LIBRARY, CUDNN]);
  const termite = async (): Promise<Measured> => {
    const home = installers.createHome();
    try {
      await measure(home, () => installers.startTermite(home, server.fastUrl, before.path));
      return await measure(home, () => installers.startTermite(home, server.shapedUrl, after.path));
    } finally {
      await installers.removeHome(home);
    }
  };
  const uv = all.requirements.filter((requirement) => requirement.startsWith(CUDNN));
  await compare("30 MB/s a connection, cuDNN alone, of uv", { lock: after, uv, most: 0.35, url: server.shapedUrl, count: Math.min(rounds, 3), termite });
}

async function measureAgain(lock: BenchLock): Promise<void> {
  const home = installers.createHome();
  const samples: Measured[] = [];
  try {
    await measure(home, () => installers.startTermite(home, server.fastUrl, lock.path));
    for (let round = 0; round < rounds; round++) {
      const startMs = performance.now();
      const code = await installers.startTermite(home, server.fastUrl, lock.path).exited;
      if (code !== 0) throw new Error(`The second install ended with ${code}`);
      samples.push({ seconds: (performance.now() - startMs) / 1000, cpuSeconds: 0, peakMb: 0 });
    }
  } finally {
    await installers.removeHome(home);
  }
  add({ name: "all in place already", found: describe(samples).seconds * 1000, most: 150, unit: "ms", note: "" });
}

function describe(samples: readonly Measured[]): Measured & { text: string } {
  const median = (pick: (one: Measured) => number): number =>
    samples.map(pick).sort((one, other) => one - other)[Math.floor((samples.length - 1) / 2)] ?? NaN;
  const [seconds, cpuSeconds, peakMb] = [median((one) => one.seconds), median((one) => one.cpuSeconds), median((one) => one.peakMb)];
  const all = samples.map((one) => one.seconds.toFixed(1)).join(" ");
  return { seconds, cpuSeconds, peakMb, text: `${seconds.toFixed(2)} s (${all}), ${cpuSeconds.toFixed(1)} s CPU` };
}

function formatRow({ name, found, most, unit, note }: Row): string {
  const verdict = found <= most ? "" : "  OVER";
  return `${name.padEnd(46)} ${found.toFixed(2).padStart(8)} ${unit.padEnd(2)} at most ${most}${verdict}  ${note}`;
}
