// The official Python clients, unchanged, get the vectors that Python's references hold.
import { join } from "node:path";
import { runGood } from "./command.ts";
import { readEmbeddedReferences } from "./check-vectors.ts";
import type { Setting } from "./check-vectors.ts";
import { PYTHON_SCRIPTS, REFERENCES } from "./places.ts";
import { checkSame, compareVectors } from "./references.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { EMBEDDED_MODEL } from "./termite.ts";

interface ClientAnswer {
  vectors: number[][];
  /** Of text 12, asked for alone. */
  one: number[];
  prompt_tokens: number;
  float_vectors?: number[][];
  models?: string[];
}

export async function checkClients(report: Report, setting: Setting): Promise<void> {
  await report.check("official openai client", async () => {
    const answer = await askClient(setting, "openai_client.py");
    check(answer.models?.includes(EMBEDDED_MODEL) === true, `models.list() does not name ${EMBEDDED_MODEL}`);
    return checkAnswer(answer);
  });
  await report.check("official ollama client", async () => checkAnswer(await askClient(setting, "ollama_client.py")));
}

async function askClient({ python, url }: Setting, script: string): Promise<ClientAnswer> {
  const texts = join(REFERENCES, "texts.json");
  return JSON.parse(await runGood([python, join(PYTHON_SCRIPTS, script), url, EMBEDDED_MODEL, texts]));
}

function checkAnswer(answer: ClientAnswer): string {
  const references = readEmbeddedReferences();
  const total = references.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  check(answer.prompt_tokens === total, `${answer.prompt_tokens} tokens, Python has ${total}`);
  const figures = [
    checkSame(compareVectors(answer.vectors, references), "list"),
    checkSame(compareVectors([answer.one], references.slice(12, 13)), "one"),
    ...(answer.float_vectors ? [checkSame(compareVectors(answer.float_vectors, references), "floats")] : []),
  ];
  return figures.join(", ");
}
