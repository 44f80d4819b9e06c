// `termite embed`: vectors without a server, from arguments or from lines on stdin.
import { TermiteError } from "../errors.ts";
import type { EmbedResult } from "../pipelines/embed-request.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { openEngine } from "./engine.ts";
import { readBatches } from "./input-lines.ts";
import { createInterrupt } from "./interrupt.ts";
import { writeData } from "./output.ts";
import { createProgress } from "./progress.ts";

const MOST_ARGUMENTS = 2048;
const LINES_PER_BATCH = 256;

export const embedCommand = createCommand({
  name: "embed",
  summary: "vectors without a server: one JSON array a line, or one object with --json",
  positionals: { name: "text", description: "texts, or - for one text a line on stdin", least: 1, most: MOST_ARGUMENTS },
  flags: {
    model: { type: "string", description: "which model (default: default_model)", valueHint: "model" },
    dimensions: { type: "string", description: "cut vectors to this size, where the model allows it", valueHint: "n" },
    prompt: { type: "string", description: "the name of one of the model's prompts", valueHint: "name" },
    truncate: { type: "boolean", description: "refuse texts over the model's limit instead of cutting them", isOn: true },
    jsonl: { type: "boolean", description: 'stdin holds JSON lines: a string, or an object with "text"' },
    json: { type: "boolean", description: "one JSON object: model, embeddings, prompt_eval_count" },
    ...createConfigFlags(),
  },
  examples: [
    ['termite embed "hello world"', "one vector of the embedded model"],
    ["termite embed --json first second", "both, with the model's name and the tokens counted"],
    ["termite embed --model bge-small-en-v1.5 - < texts.txt > vectors.jsonl", "one vector a line of the file"],
    ["termite embed --jsonl - < texts.jsonl", "the same from JSON lines"],
  ],
  run: runEmbed,
});

async function runEmbed(invocation: Invocation): Promise<number> {
  const dimensions = parseDimensions(invocation.flags["dimensions"]);
  checkInput(invocation);
  const context = await openContext(invocation, { quiet: true });
  const interrupt = createInterrupt();
  const engine = await openEngine(context, interrupt.signal);
  try {
    const model = flagText(invocation, "model") ?? context.loaded.config.defaultModel;
    const truncate = invocation.flags["truncate"] !== false;
    const request = { model, dimensions, prompt: flagText(invocation, "prompt"), truncate, signal: interrupt.signal };
    const texts = listTexts(invocation, interrupt.signal);
    await embedAll(invocation, texts, (batch) => engine.embedder.embed({ ...request, texts: batch }));
    return 0;
  } finally {
    interrupt.close();
    await engine.close();
  }
}

interface Totals {
  model: string;
  vectors: number[][];
  promptTokens: number;
  texts: number;
}

type Batches = AsyncIterable<readonly string[]>;
type EmbedTexts = (texts: readonly string[]) => Promise<EmbedResult>;

/** Without `--json` each vector is written as soon as it is there, so that memory does not grow with the input. */
async function embedAll(invocation: Invocation, batches: Batches, embed: EmbedTexts): Promise<void> {
  const asObject = invocation.flags["json"] === true;
  const totals: Totals = { model: "", vectors: [], promptTokens: 0, texts: 0 };
  const progress = createProgress(invocation.flags["quiet"] !== true);
  try {
    for await (const texts of batches) {
      const vectors = addResult(totals, await embed(texts));
      if (asObject) totals.vectors.push(...vectors);
      else if (!writeData(vectors.map((vector) => `${JSON.stringify(vector)}\n`).join(""))) return;
      progress.show(`${totals.texts} texts, ${totals.promptTokens} tokens`);
    }
  } finally {
    progress.end();
  }
  if (asObject) writeData(`${formatObject(totals)}\n`);
}

function addResult(totals: Totals, { model, vectors, promptTokens }: EmbedResult): number[][] {
  totals.model = model;
  totals.promptTokens += promptTokens;
  totals.texts += vectors.length;
  return vectors.map((vector) => Array.from(vector));
}

function formatObject({ model, vectors, promptTokens }: Totals): string {
  return JSON.stringify({ model, embeddings: vectors, prompt_eval_count: promptTokens });
}

async function* listTexts(invocation: Invocation, signal: AbortSignal): Batches {
  if (!isFromStdin(invocation)) yield invocation.positionals;
  else yield* readBatches({ size: LINES_PER_BATCH, jsonLines: invocation.flags["jsonl"] === true, signal });
}

function isFromStdin({ positionals }: Invocation): boolean {
  return positionals.length === 1 && positionals[0] === "-";
}

function checkInput(invocation: Invocation): void {
  if (invocation.flags["jsonl"] !== true || isFromStdin(invocation)) return;
  throw new TermiteError("usage", 'Cannot run "termite embed": --jsonl reads stdin, found texts as arguments', {
    hint: "termite embed --jsonl - < texts.jsonl",
  });
}

function parseDimensions(flag: string | boolean | undefined): number | undefined {
  if (flag === undefined) return undefined;
  const value = Number(flag);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TermiteError("usage", `Cannot run "termite embed": --dimensions is "${flag}", need a whole number above 0`);
}

function flagText(invocation: Invocation, name: string): string | undefined {
  const value = invocation.flags[name];
  return typeof value === "string" ? value : undefined;
}
