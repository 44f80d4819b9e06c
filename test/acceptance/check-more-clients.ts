// Official Python clients and the classes of LangChain and LlamaIndex, unchanged, on a server that asks for keys: what they get
// is what a direct request gets, and their errors are their own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE, PYTHON_SCRIPTS, createTemporaryFolder } from "./places.ts";
import { openPython } from "./python.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { checkClose, checkEqual, post } from "./task-answers.ts";
import { createTaskModels } from "./task-models.ts";
import { TASK_QUERIES, TASK_TEXTS } from "./task-texts.ts";
import { EMBEDDED_MODEL, startTermite } from "./termite.ts";

const OFFICIAL = ["cohere==7.3.1", "huggingface_hub==2.4.0", "numpy==2.4.6", "ollama==0.6.3", "openai==3.54.0"];
const FRAMEWORKS = [
  "langchain-cohere==0.6.0", "langchain-ollama==1.1.0", "langchain-openai==1.7.3", "llama-index-core==0.14.25",
  "llama-index-embeddings-cohere==0.9.0", "llama-index-embeddings-ollama==0.10.0", "llama-index-embeddings-openai==0.7.0",
  "llama-index-postprocessor-cohere-rerank==0.10.0",
];
const KEY = "acceptance-key-of-28-letters";
const MODELS = { embed: EMBEDDED_MODEL, rerank: "reranker-tiny", classify: "polarity-tiny" };
/** What the classes ask for by default; the last one is a model for another task. */
const ALIASES = {
  "text-embedding-ada-002": MODELS.embed,
  "embed-english-v3.0": MODELS.embed,
  "rerank-english-v3.0": MODELS.rerank,
  "embed-english-light-v3.0": MODELS.rerank,
};
/** Clients average, normalise and print numbers of their own. */
const TOLERANCE = 1e-6;
/** Some strip what is blank, which is another text. */
const TEXTS = TASK_TEXTS.filter((text) => text.trim() === text && text !== "");
/** So many of them are under every model's limit. */
const SHORT = 30;
const [QUERY = ""] = TASK_QUERIES;

interface ClientError {
  type: string;
  status: number | null;
  words: string;
}

/** What a script says of one client; what a client cannot do is absent. */
interface ClientAnswer {
  vectors?: number[][];
  sameVectors?: number[][];
  query?: number[];
  tokens?: number;
  models?: string[];
  similarities?: number[];
  labels?: [string, number][];
  best?: string[];
  ranked?: [number, number][];
  documents?: [number, string][];
  /** Unknown model, wrong task (or too long), wrong key. */
  errors: (ClientError | null)[];
}

/** The same asked for without a client. */
interface Direct {
  vectors: number[][];
  query: number[];
  tokens: number;
  scores: number[];
  labels: Map<string, number>;
}

export async function checkMoreClients(report: Report): Promise<void> {
  await report.check("one server with keys for every client", async () => {
    const models = createTaskModels();
    for (const name of [MODELS.rerank, MODELS.classify]) models.openShared(name);
    const home = createTemporaryFolder("home");
    const config = join(home, "termite.yaml");
    const settings = { models_dir: models.folder, default_model: MODELS, aliases: ALIASES, api_keys: [KEY] };
    writeFileSync(config, JSON.stringify(settings));
    const termite = await startTermite({ home, flags: ["--config", config] });
    try {
      const direct = await askDirectly(termite.url);
      await checkScript(report, { url: termite.url, script: "official_clients.py", venv: "venv-official", packages: OFFICIAL, direct });
      await checkScript(report, { url: termite.url, script: "framework_clients.py", venv: "venv-frameworks", packages: FRAMEWORKS, direct });
    } finally {
      await termite.stop();
    }
    return "every line above was run on it";
  });
}

async function askDirectly(url: string): Promise<Direct> {
  const headers = { authorization: `Bearer ${KEY}` };
  const embed = (input: unknown) => post<Embedded>(url, "/api/embed", { model: MODELS.embed, input }, headers);
  const { embeddings: vectors, prompt_eval_count: tokens } = await embed(TEXTS);
  const { embeddings: [query = []] } = await embed(QUERY);
  const { scores } = await post<{ scores: number[] }>(url, "/api/rerank", { model: MODELS.rerank, query: QUERY, prompts: TEXTS }, headers);
  const body = { model: MODELS.classify, texts: TEXTS.slice(1, 2) };
  const { classifications: [labels = []] } = await post<Classified>(url, "/api/classify", body, headers);
  return { vectors, query, tokens, scores, labels: new Map(labels.map(({ label, score }) => [label, score])) };
}

interface Embedded {
  embeddings: number[][];
  prompt_eval_count: number;
}

interface Classified {
  classifications: { label: string; score: number }[][];
}

interface Script {
  url: string;
  script: string;
  venv: string;
  packages: readonly string[];
  direct: Direct;
}

async function checkScript(report: Report, { url, script, venv, packages, direct }: Script): Promise<void> {
  let answers: Record<string, ClientAnswer> = {};
  await report.check(`${script} runs`, async () => {
    const python = await openPython(venv, packages);
    const setting = join(CACHE, `${venv}-setting.json`);
    writeFileSync(setting, JSON.stringify({ url, key: KEY, texts: TEXTS, query: QUERY, models: MODELS, short: SHORT }));
    answers = JSON.parse(await runGood([python, join(PYTHON_SCRIPTS, script), setting]));
    return packages.join(", ");
  });
  for (const [client, answer] of Object.entries(answers)) {
    await report.check(`${client} gets what a direct request gets`, async () => compareAnswer(answer, direct));
    await report.check(`${client}'s errors`, async () => checkErrors(answer.errors));
  }
}

function compareAnswer(answer: ClientAnswer, direct: Direct): string {
  const { vectors, sameVectors, query, tokens, models, ranked, documents, best } = answer;
  const differences = [
    ...[vectors, sameVectors].filter((list) => list !== undefined).flatMap((list) => compareVectors(list, direct.vectors)),
    ...(query === undefined ? [] : [checkClose(query, direct.query, "query", TOLERANCE)]),
    ...(ranked === undefined ? [] : [compareRanking(ranked, direct.scores)]),
    ...compareLabels(answer, direct),
    ...compareSimilarities(answer, direct),
  ];
  if (tokens !== undefined) checkEqual(tokens, direct.tokens, "tokens");
  if (models !== undefined) check(models.includes(MODELS.rerank), "its list of models lacks one");
  if (documents !== undefined) checkEqual(documents, documents.map(([index]) => [index, TEXTS[index]]), "documents");
  if (best !== undefined) checkEqual(best, [...direct.labels.keys()].slice(0, 1), "best label");
  check(differences.length > 0, "it got nothing that can be compared");
  return `largest difference of ${differences.length} answers ${Math.max(...differences).toExponential(1)}`;
}

function compareVectors(found: readonly number[][], expected: readonly number[][]): number[] {
  checkEqual(found.length, expected.length, "vectors");
  return found.map((vector, index) => checkClose(vector, expected[index] ?? [], `vector of text ${index}`, TOLERANCE));
}

/** Best first, every text once. */
function compareRanking(ranked: readonly [number, number][], scores: readonly number[]): number {
  checkEqual(ranked.map(([index]) => index).toSorted((a, b) => a - b), scores.map((_, index) => index), "indices");
  checkEqual(ranked.map(([, score]) => score), ranked.map(([, score]) => score).toSorted((a, b) => b - a), "order");
  return checkClose(ranked.map(([, score]) => score), ranked.map(([index]) => scores[index] ?? NaN), "scores", TOLERANCE);
}

function compareLabels({ labels }: ClientAnswer, direct: Direct): number[] {
  if (labels === undefined) return [];
  checkEqual(labels.length, direct.labels.size, "labels");
  return [checkClose(labels.map(([, score]) => score), labels.map(([label]) => direct.labels.get(label) ?? NaN), "labels", TOLERANCE)];
}

function compareSimilarities({ similarities }: ClientAnswer, { vectors: [source = [], ...others] }: Direct): number[] {
  if (similarities === undefined) return [];
  const cosines = others.slice(0, SHORT - 1).map((vector) => vector.reduce((sum, value, at) => sum + value * (source[at] ?? NaN), 0));
  return [checkClose(similarities, cosines, "similarities", TOLERANCE)];
}

/** In the words of the server; the status is there where the client's own error has one. */
const EXPECTED = [
  { statuses: [404], words: /Cannot find model/ },
  { statuses: [400, 413], words: /it is a model for|tokens, need/ },
  { statuses: [401], words: /the API key that was sent is not a known one|Unauthorized/ },
] as const;

function checkErrors(errors: readonly (ClientError | null)[]): string {
  checkEqual(errors.length, EXPECTED.length, "errors");
  const told = EXPECTED.map(({ statuses, words }, index) => {
    const error = errors[index];
    check(error !== null && error !== undefined, `error ${index} was not thrown`);
    const isRight = error.status === null ? words.test(error.words) : statuses.some((status) => status === error.status);
    check(isRight, `error ${index} is ${error.type}, ${error.status}: ${error.words.slice(0, 200)}`);
    return `${error.type}${error.status === null ? "" : ` ${error.status}`}`;
  });
  return told.join(", ");
}
