// `termite rerank`: texts by how well they answer a query, without a server. The best come first, so nothing is written
// before the last text was scored.
import type { RerankResult } from "../pipelines/tasks.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags } from "./context.ts";
import { readFlagCount } from "./flag-values.ts";
import { runOneShot } from "./one-shot.ts";
import { writeData, writeTable } from "./output.ts";
import { createProgress } from "./progress.ts";
import { createRanking } from "./ranking.ts";
import type { Ranked } from "./ranking.ts";
import { MOST_ARGUMENTS, openTexts, TEXT_FLAGS } from "./text-input.ts";
import type { Batches } from "./text-input.ts";

/** Below this a probability is as good as none. */
const SCORE_DIGITS = 6;

export const rerankCommand = createCommand({
  name: "rerank",
  summary: "texts by how well they answer a query, without a server",
  positionals: {
    name: "query text",
    description: "a query, then texts or - for one text a line on stdin",
    least: 2,
    most: MOST_ARGUMENTS,
  },
  flags: {
    model: { type: "string", description: "which model (default: default_model.rerank)", valueHint: "model" },
    top: { type: "string", description: "only the best so many", valueHint: "n" },
    raw: { type: "boolean", description: "the model's logits instead of scores from 0 to 1" },
    ...TEXT_FLAGS,
    json: { type: "boolean", description: "one JSON object: model, results, prompt_eval_count" },
    ...createConfigFlags(),
  },
  examples: [
    ['termite rerank --model bge-reranker-base "what do termites eat" "wood" "the moon"', "both, the better one first"],
    ['termite rerank --top 3 "what do termites eat" - < passages.txt', "the best three lines of a file"],
  ],
  run: runRerank,
});

async function runRerank(invocation: Invocation): Promise<number> {
  const top = readFlagCount(invocation, "rerank", "top") ?? Infinity;
  const [query = "", ...texts] = invocation.positionals;
  const readTexts = openTexts(invocation, texts, "rerank");
  return await runOneShot(invocation, { command: "rerank", task: "rerank" }, async ({ engine, model, signal }) => {
    const truncate = invocation.flags["truncate"] !== false;
    const request = { model, query, rawScores: invocation.flags["raw"] === true, truncate, signal };
    const score = (batch: readonly string[]) => engine.tasks.rerank({ ...request, texts: batch });
    writeRanking(invocation, await rankAll(invocation, { batches: readTexts(signal), top, score }));
  });
}

interface RankAnswer {
  model: string;
  /** Best first. */
  results: Ranked[];
  promptTokens: number;
}

interface RankOptions {
  batches: Batches;
  top: number;
  score: (texts: readonly string[]) => Promise<RerankResult>;
}

async function rankAll(invocation: Invocation, { batches, top, score }: RankOptions): Promise<RankAnswer> {
  const ranking = createRanking(top);
  const answer = { model: "", promptTokens: 0 };
  const progress = createProgress(invocation.flags["quiet"] !== true);
  let count = 0;
  try {
    for await (const texts of batches) {
      const { model, scores, promptTokens } = await score(texts);
      ranking.add(texts, scores);
      answer.model = model;
      answer.promptTokens += promptTokens;
      count += texts.length;
      progress.show(`${count} texts, ${answer.promptTokens} tokens`);
    }
  } finally {
    progress.end();
  }
  return { ...answer, results: ranking.list() };
}

function writeRanking({ flags }: Invocation, { model, results, promptTokens }: RankAnswer): void {
  if (flags["json"] === true) {
    writeData(`${JSON.stringify({ model, results, prompt_eval_count: promptTokens })}\n`);
    return;
  }
  const rows = results.map(({ index, score, text }) => [score.toFixed(SCORE_DIGITS), String(index), text]);
  writeTable(["SCORE", "INDEX", "TEXT"], rows, flags);
}
