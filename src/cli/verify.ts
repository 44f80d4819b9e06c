// `termite verify`: the same texts through several engines, one runner after the other, and what differs.
import { readFileSync } from "node:fs";
import { formatError, TermiteError } from "../errors.ts";
import type { Target } from "../target.ts";
import { TARGETS } from "../target.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import type { Context } from "./context.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { readFlagText } from "./flag-values.ts";
import { createInterrupt } from "./interrupt.ts";
import { openMachine } from "./machine.ts";
import { writeData, writeTable } from "./output.ts";
import { createProgress, createStatusLine } from "./progress.ts";
import { findAbsence } from "./target.ts";
import { readTargetFacts } from "./target-facts.ts";
import { askAlone, askTexts } from "./verify/ask.ts";
import { compareAnswers, resolveThreshold } from "./verify/compare.ts";
import type { Answers } from "./verify/compare.ts";
import { findReference } from "./verify/reference.ts";
import type { Reference } from "./verify/reference.ts";
import { comparePair, comparePairs, ENGINE_HEADER, formatEngines, formatPairs, PAIR_HEADER } from "./verify/report.ts";
import type { EngineReport, VerifyReport } from "./verify/report.ts";
import { VERIFY_TEXTS } from "./verify/texts.ts";
import { timeShapes } from "./verify/timings.ts";

export const verifyCommand = createCommand({
  name: "verify",
  summary: "a model's answers on several engines against each other, and how long each takes",
  positionals: { name: "model", description: "its name or an alias of it", least: 1, most: 1 },
  flags: {
    engines: { type: "string", description: "which engines (default: all that this machine can use)", valueHint: "onnx:cpu,xla:cpu" },
    texts: { type: "string", description: "one text a line instead of the built-in ones", valueHint: "file" },
    json: { type: "boolean", description: "as JSON" },
    ...createConfigFlags(),
  },
  examples: [
    ["termite verify all-minilm-l6-v2:int8", "cosines between engines and milliseconds a batch; 1 where they differ"],
    ["termite verify bge-small-en-v1.5 --engines onnx:cpu,xla:cuda --json", "two engines, for scripts"],
  ],
  run: runVerify,
});

async function runVerify(invocation: Invocation): Promise<number> {
  const [model = ""] = invocation.positionals;
  const texts = readTexts(invocation);
  const context = await openContext(invocation, { quiet: true });
  const targets = parseEngines(invocation) ?? (await listUsable(context));
  const interrupt = createInterrupt();
  const progress = invocation.flags["quiet"] === true ? createProgress(false) : createStatusLine();
  try {
    const report = await interrupt.race(verify({ context, model, targets, texts, signal: interrupt.signal, show: progress.show }));
    progress.clear();
    writeReport(invocation, report);
    return report.ok ? 0 : 1;
  } finally {
    progress.clear();
    interrupt.close();
  }
}

interface VerifyOptions {
  context: Context;
  model: string;
  targets: readonly Target[];
  texts: readonly string[];
  signal: AbortSignal;
  show: (line: string) => void;
}

interface Examined {
  engine: EngineReport;
  answers: Answers;
  /** To the stored reference's texts. */
  stored?: Answers;
  /** The least cosine of a text alone and the same text among the others. */
  batchEffect: number;
  model: string;
  task: VerifyReport["task"];
  reference: Reference | undefined;
}

async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const examined: Examined[] = [];
  // One after the other: two engines at once would share the cores and the memory.
  for (const target of options.targets) examined.push(await examineEngine(target, options));
  const [first] = examined;
  if (first === undefined) throw new TermiteError("target_unavailable", "Cannot verify: no engine can be used here");
  const threshold = resolveThreshold(first.batchEffect);
  const asked = examined.map(({ engine, answers }) => ({ name: engine.target, answers }));
  const { reference, model, task } = first;
  const stored = examined.flatMap(({ engine, stored: answers }) => {
    if (reference === undefined || answers === undefined) return [];
    const left = { name: "reference", answers: { vectors: reference.vectors } };
    return [comparePair(left, { name: engine.target, answers }, threshold)];
  });
  const pairs = [...comparePairs(asked, threshold), ...stored];
  const ok = pairs.every((pair) => pair.ok);
  return { model, task, texts: options.texts.length, threshold, engines: examined.map(({ engine }) => engine), pairs, ok };
}

async function examineEngine(target: Target, options: VerifyOptions): Promise<Examined> {
  const { context, signal, show } = options;
  show(`${target}: starting`);
  const engine = await openEngine(pinTarget(context, target), signal);
  try {
    return await examineModel(engine, target, options);
  } finally {
    await engine.close();
  }
}

/** As configured, but on this target alone, whatever the configuration says of the model. */
function pinTarget({ loaded, ...context }: Context, target: Target): Context {
  const models = Object.entries(loaded.config.models).map(([name, override]) => [name, { ...override, target: undefined }] as const);
  const config = { ...loaded.config, models: Object.fromEntries(models), requireTarget: target };
  return { ...context, loaded: { ...loaded, config } };
}

async function examineModel(engine: Engine, target: Target, { model, texts, signal, show }: VerifyOptions): Promise<Examined> {
  const manifest = await engine.store.resolve(model);
  const { id, task, graphFile } = manifest;
  const options = { engine, model: id, task, signal };
  show(`${target}: ${texts.length} texts`);
  const answers = await askTexts(options, texts);
  const alone = await askAlone(options, texts);
  const reference = task === "embed" ? findReference(graphFile) : undefined;
  const stored = reference && (await askTexts(options, reference.texts));
  show(`${target}: timings`);
  const timingsMs = await timeShapes(options);
  const { device, runner } = engine.describeRunner(manifest.fingerprint);
  return {
    engine: { target, library: runner?.library ?? "", version: runner?.version ?? "", device: device?.name ?? "", timingsMs },
    answers, batchEffect: compareAnswers(answers, alone).minCosine, model: id, task, reference, ...(stored && { stored }),
  };
}

/** CPU before anything else: it is what the others are measured by. */
async function listUsable({ loaded, environment }: Context): Promise<Target[]> {
  const machine = openMachine({ config: loaded.config, environment });
  const facts = await readTargetFacts({ machine, hardware: await machine.detectHardware(), environment });
  const usable = TARGETS.filter((target) => findAbsence(facts(target)) === undefined);
  return usable.toSorted((a, b) => Number(b.endsWith(":cpu")) - Number(a.endsWith(":cpu")));
}

function parseEngines(invocation: Invocation): Target[] | undefined {
  const given = readFlagText(invocation, "engines");
  if (given === undefined) return undefined;
  return given.split(",").map((word) => {
    const target = TARGETS.find((name) => name === word.trim());
    if (target !== undefined) return target;
    throw createUsage(`found engine "${word.trim()}", need some of ${TARGETS.join(", ")}`);
  });
}

function readTexts(invocation: Invocation): readonly string[] {
  const path = readFlagText(invocation, "texts");
  if (path === undefined) return VERIFY_TEXTS;
  const texts = readLines(path);
  if (texts.length > 0) return texts;
  throw createUsage(`found no text in "${path}"`);
}

/** One a line; the last line's end begins no text of its own. */
function readLines(path: string): string[] {
  try {
    const lines = readFileSync(path, "utf8").split(/\r?\n/);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  } catch (cause) {
    throw createUsage(`cannot read "${path}": ${formatError(cause)}`, cause);
  }
}

const createUsage = (found: string, cause?: unknown): TermiteError =>
  new TermiteError("usage", `Cannot run "termite verify": ${found}`, { hint: "termite verify MODEL --engines onnx:cpu,xla:cpu", cause });

function writeReport({ flags }: Invocation, report: VerifyReport): void {
  if (flags["json"] === true) {
    writeData(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  writeTable(PAIR_HEADER, formatPairs(report), flags);
  writeData("\n");
  writeTable(ENGINE_HEADER, formatEngines(report), flags);
}
