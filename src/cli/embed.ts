// `termite embed`: vectors without a server, from arguments or from lines on stdin.
import type { EmbedResult } from "../pipelines/embed-request.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { readFlagCount, readFlagText } from "./flag-values.ts";
import { runOneShot } from "./one-shot.ts";
import { writeData } from "./output.ts";
import { createProgress } from "./progress.ts";
import { MOST_ARGUMENTS, openTexts, TEXT_FLAGS } from "./text-input.ts";
import type { Batches } from "./text-input.ts";

export const embedCommand = createCommand({
  name: "embed",
  summary: "vectors without a server: one JSON array a line, or one object with --json",
  positionals: { name: "text", description: "texts, or - for one text a line on stdin", least: 1, most: MOST_ARGUMENTS },
  flags: {
    model: { type: "string", description: "which model (default: default_model)", valueHint: "model" },
    dimensions: { type: "string", description: "cut vectors to this size, where the model allows it", valueHint: "n" },
    prompt: { type: "string", description: "the name of one of the model's prompts", valueHint: "name" },
    ...TEXT_FLAGS,
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
  const dimensions = readFlagCount(invocation, "embed", "dimensions");
  const readTexts = openTexts(invocation, invocation.positionals, "embed");
  return await runOneShot(invocation, { command: "embed", task: "embed" }, async ({ engine, model, signal }) => {
    const truncate = invocation.flags["truncate"] !== false;
    const request = { model, dimensions, prompt: readFlagText(invocation, "prompt"), truncate, signal };
    await embedAll(invocation, readTexts(signal), (batch) => engine.embedder.embed({ ...request, texts: batch }));
  });
}

interface Totals {
  model: string;
  vectors: number[][];
  promptTokens: number;
  texts: number;
}

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
