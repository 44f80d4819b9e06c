// `termite classify`: labels of texts without a server, the model's own or (`--labels`) the user's.
import { TermiteError } from "../errors.ts";
import { DEFAULT_HYPOTHESIS } from "../pipelines/tasks.ts";
import type { ClassifyResult, LabelScore } from "../pipelines/tasks.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { readFlagText } from "./flag-values.ts";
import { escapeControls } from "./log-format.ts";
import { runOneShot } from "./one-shot.ts";
import type { OneShot } from "./one-shot.ts";
import { writeData } from "./output.ts";
import { createProgress } from "./progress.ts";
import { MOST_ARGUMENTS, openTexts, splitBatches, TEXT_FLAGS } from "./text-input.ts";
import type { Batches } from "./text-input.ts";

/** Below this a probability is as good as none. */
const SCORE_DIGITS = 6;
/** Each text is run with each label of the user's own. */
const PAIRS_PER_CALL = 256;

export const classifyCommand = createCommand({
  name: "classify",
  summary: "labels of texts without a server: one line a text, the best label first",
  positionals: { name: "text", description: "texts, or - for one text a line on stdin", least: 1, most: MOST_ARGUMENTS },
  flags: {
    model: { type: "string", description: "which model (default: default_model.classify)", valueHint: "model" },
    labels: { type: "string", description: "labels of your own, for a model of natural-language inference", valueHint: "a,b,c" },
    "multi-label": { type: "boolean", description: "with --labels: each for itself, so that scores need not add up to 1" },
    template: { type: "string", description: `with --labels: the sentence that is judged (default: "${DEFAULT_HYPOTHESIS}")`, valueHint: "text" },
    ...TEXT_FLAGS,
    json: { type: "boolean", description: "one JSON object: model, classifications, prompt_eval_count" },
    ...createConfigFlags(),
  },
  examples: [
    ['termite classify --model polarity "what a day"', "label and score, label and score, …, separated by tabs"],
    ["termite classify --labels sports,politics - < headlines.txt | cut -f1", "the best of your own labels for each line"],
  ],
  run: runClassify,
});

async function runClassify(invocation: Invocation): Promise<number> {
  const labels = readLabels(invocation);
  const readTexts = openTexts(invocation, invocation.positionals, "classify");
  return await runOneShot(invocation, { command: "classify", task: "classify" }, async (shot) => {
    const classify = createClassify(invocation, labels, shot);
    const batches = readTexts(shot.signal);
    const size = Math.max(1, Math.floor(PAIRS_PER_CALL / (labels?.length ?? 1)));
    await classifyAll(invocation, labels === undefined ? batches : splitBatches(batches, size), classify);
  });
}

type Classify = (texts: readonly string[]) => Promise<ClassifyResult>;

function createClassify(
  invocation: Invocation,
  labels: readonly string[] | undefined,
  { engine, model, signal }: OneShot,
): Classify {
  const request = { model, truncate: invocation.flags["truncate"] !== false, signal };
  if (labels === undefined) return (inputs) => engine.tasks.classify({ ...request, inputs, rawScores: false });
  const hypothesisTemplate = readFlagText(invocation, "template") ?? DEFAULT_HYPOTHESIS;
  const multiLabel = invocation.flags["multi-label"] === true;
  const own = { ...request, labels, hypothesisTemplate, multiLabel };
  return (texts) => engine.tasks.classifyZeroShot({ ...own, texts });
}

/** Without `--json` each line is written as soon as it is there, so that memory does not grow with the input. */
async function classifyAll({ flags }: Invocation, batches: Batches, classify: Classify): Promise<void> {
  const answer = { model: "", classifications: new Array<LabelScore[]>(), prompt_eval_count: 0 };
  const progress = createProgress(flags["quiet"] !== true);
  let count = 0;
  try {
    for await (const texts of batches) {
      const { model, classifications, promptTokens } = await classify(texts);
      answer.model = model;
      answer.prompt_eval_count += promptTokens;
      if (flags["json"] === true) answer.classifications.push(...classifications);
      else if (!writeData(classifications.map(formatLine).join(""))) return;
      count += texts.length;
      progress.show(`${count} texts, ${answer.prompt_eval_count} tokens`);
    }
  } finally {
    progress.end();
  }
  if (flags["json"] === true) writeData(`${JSON.stringify(answer)}\n`);
}

/** Sample: `negated 0.998712<tab>affirmed 0.000950<tab>uncertain 0.000338`. */
function formatLine(labels: readonly LabelScore[]): string {
  return `${labels.map(({ label, score }) => `${escapeControls(label)} ${score.toFixed(SCORE_DIGITS)}`).join("\t")}\n`;
}

/** `undefined` for the model's own; what means nothing without labels is refused. */
function readLabels(invocation: Invocation): string[] | undefined {
  const given = readFlagText(invocation, "labels");
  if (given !== undefined) return parseLabels(given);
  for (const name of ["multi-label", "template"]) {
    if (invocation.flags[name] === undefined) continue;
    throw createUsage(`--${name} goes with --labels`);
  }
  return undefined;
}

function parseLabels(given: string): string[] {
  const labels = given.split(",").map((label) => label.trim());
  if (labels.every((label) => label !== "")) return labels;
  throw createUsage(`--labels is "${given}", need labels separated by commas`);
}

function createUsage(found: string): TermiteError {
  return new TermiteError("usage", `Cannot run "termite classify": ${found}`, { hint: "termite classify --labels sports,politics TEXT" });
}
