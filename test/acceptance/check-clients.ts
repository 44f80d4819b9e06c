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
}

interface OpenAiAnswer extends ClientAnswer {
  models: string[];
  retrieved: string;
}

export async function checkClients(report: Report, setting: Setting): Promise<void> {
  await report.check("official openai client", async () => {
    const answer: OpenAiAnswer = JSON.parse(await askClient(setting, "openai_client.py"));
    check(answer.models.includes(EMBEDDED_MODEL), `models.list() does not name ${EMBEDDED_MODEL}`);
    check(answer.retrieved === EMBEDDED_MODEL, `models.retrieve() gives ${answer.retrieved}`);
    return checkAnswer(answer);
  });
  await report.check("official ollama client", async () => {
    const answer: OllamaAnswer = JSON.parse(await askClient(setting, "ollama_client.py"));
    checkModels(answer);
    checkLoaded(answer);
    const prompt = checkSame(compareVectors([answer.prompt], readEmbeddedReferences().slice(12, 13)), "embeddings");
    return `${checkAnswer(answer)}, ${prompt}; list, show, ps, unload, load`;
  });
}

interface OllamaAnswer extends ClientAnswer {
  models: string[];
  /** Of text 12, by the older route. */
  prompt: number[];
  details: Record<string, unknown>;
  size: number;
  /** As list and ps say it. */
  digests: [string, string];
  capabilities: string[];
  model_info: Record<string, unknown>;
  context_length: number;
  seconds_left: number;
  /** Status of show for a model that is not there. */
  refused: number | null;
  after_unload: string[];
  after_load: string[];
}

function checkModels({ models, details, size, digests, capabilities, model_info: info, refused }: OllamaAnswer): void {
  check(models.includes(EMBEDDED_MODEL), `list() does not name ${EMBEDDED_MODEL}`);
  check(details["format"] === "onnx" && details["family"] === "bert", `list() says ${JSON.stringify(details)}`);
  check(size > 0 && /^[0-9a-f]{64}$/.test(digests[0]) && digests[0] === digests[1], `size ${size}, digests ${digests.join(" and ")}`);
  check(capabilities.includes("embedding") && info["bert.embedding_length"] === 384, `show() says ${JSON.stringify(info)}`);
  check(refused === 404, `show() of an unknown model: ${refused}`);
}

function checkLoaded({ context_length: limit, seconds_left: left, after_unload: unloaded, after_load: loaded }: OllamaAnswer): void {
  check(limit === 256 && left > 240 && left <= 300, `ps() says a limit of ${limit} tokens and ${left} s left`);
  check(!unloaded.includes(EMBEDDED_MODEL), `keep_alive=0 left ${unloaded.join()}`);
  check(loaded.includes(EMBEDDED_MODEL), `embeddings() without a prompt loaded ${loaded.join() || "nothing"}`);
}

async function askClient({ python, url }: Setting, script: string): Promise<string> {
  const texts = join(REFERENCES, "texts.json");
  return await runGood([python, join(PYTHON_SCRIPTS, script), url, EMBEDDED_MODEL, texts]);
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
