// Every task over HTTP against transformers' own pipelines in Python: scores within 1e-4, labels, spans and token ids equal.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { MODELS, openModelsFolder } from "./model-folders.ts";
import { CACHE, PYTHON_SCRIPTS, createTemporaryFolder } from "./places.ts";
import { openPython } from "./python.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { compareEmbeddings } from "./task-embeddings.ts";
import type { Expected } from "./task-embeddings.ts";
import { createTaskModels } from "./task-models.ts";
import type { TaskModels } from "./task-models.ts";
import { checkClose, checkEqual, post } from "./task-answers.ts";
import { TASK_QUERIES, TASK_TEXTS, ZERO_SHOT_LABELS } from "./task-texts.ts";
import { startTermite } from "./termite.ts";

const PACKAGES = ["numpy==2.4.6", "onnxruntime==1.30.0", "transformers==5.23.0"];
const LIMIT = 512;
const TEMPLATE = "This text is about {}.";
const STRATEGIES = ["simple", "first", "average", "max"] as const;
/** The model that wants prompts, and what they are. */
const PROMPTED = "e5-small-v2";
const PREFIXES = { search_query: "query: ", search_document: "passage: " } as const;

interface Setting {
  url: string;
  python: string;
  models: TaskModels;
  /** Python's, by case. */
  answers: Map<string, string>;
}

/** Starts a server of its own: the models stand for their tasks by default. */
export async function checkTasks(report: Report): Promise<void> {
  await report.check("one server for every task", async () => {
    const python = await openPython("venv-transformers", PACKAGES);
    await openModelsFolder();
    const models = createTaskModels();
    const home = createTemporaryFolder("home");
    const config = join(home, "termite.yaml");
    const prompts = { query: PREFIXES.search_query, document: PREFIXES.search_document };
    writeFileSync(config, JSON.stringify({ models_dir: models.folder, models: { [PROMPTED]: { prompts } } }));
    const termite = await startTermite({ home, flags: ["--config", config] });
    try {
      await checkAll(report, { url: termite.url, python, models, answers: new Map() });
    } finally {
      await termite.stop();
    }
    return "every line above was run on it";
  });
}

async function checkAll(report: Report, setting: Setting): Promise<void> {
  await report.check("rerank is the CrossEncoder's", () => compareRanking(setting));
  await report.check("classify is TextClassificationPipeline's", () => compareLabels(setting, "polarity-tiny"));
  await report.check("the comparison notices labels in another order", () => noticeLabels(setting));
  await report.check("classify by labels of one's own is ZeroShotClassificationPipeline's", () => compareZeroShot(setting));
  for (const strategy of STRATEGIES) {
    await report.check(`recognize by "${strategy}" is TokenClassificationPipeline's`, () => compareEntities(setting, strategy));
  }
  await report.check("embed_sparse is SPLADE's", () => compareSparse(setting));
  for (const { name, pooling, maxTokens } of MODELS) {
    const options = { name, pooling, limit: maxTokens, url: setting.url };
    const ask = (prompt: string): Promise<Expected[]> =>
      askPython(setting, { task: "embed", folder: setting.models.openPublished(name), limit: maxTokens, texts: TASK_TEXTS, pooling, prompt });
    await report.check(`vectors, token vectors, ids and similarities of ${name}`, async () => compareEmbeddings(options, await ask("")));
    for (const [inputType, prefix] of name === PROMPTED ? Object.entries(PREFIXES) : []) {
      await report.check(`vectors of ${name} for "${inputType}"`, async () => compareEmbeddings({ ...options, inputType }, await ask(prefix)));
    }
  }
}

interface Case {
  task: string;
  folder: string;
  limit: number;
  [option: string]: unknown;
}

/** What `transformers_tasks.py` answers for the case; each is asked once. */
async function askPython<T>({ python, answers }: Setting, one: Case): Promise<T> {
  const key = JSON.stringify(one);
  const known = answers.get(key) ?? (await runPython(python, one));
  answers.set(key, known);
  const { one: answer }: { one: T } = JSON.parse(known);
  return answer;
}

async function runPython(python: string, one: Case): Promise<string> {
  const [cases, output] = [join(CACHE, "task-cases.json"), join(CACHE, "task-answers.json")];
  writeFileSync(cases, JSON.stringify({ one }));
  await runGood([python, join(PYTHON_SCRIPTS, "transformers_tasks.py"), cases, output]);
  return readFileSync(output, "utf8");
}

async function compareRanking(setting: Setting): Promise<string> {
  const folder = setting.models.openShared("reranker-tiny");
  const rows: { tokens: number; logit: number }[] = await askPython(setting, { task: "rerank", folder, limit: LIMIT, queries: TASK_QUERIES, texts: TASK_TEXTS });
  const body = { model: "reranker-tiny", prompts: TASK_TEXTS };
  let worst = 0;
  for (const [place, query] of TASK_QUERIES.entries()) {
    const expected = rows.slice(place * TASK_TEXTS.length, (place + 1) * TASK_TEXTS.length);
    const logits = expected.map(({ logit }) => logit);
    const raw = await post<{ scores: number[] }>(setting.url, "/api/rerank", { ...body, query, raw_scores: true });
    const scores = await post<{ scores: number[] }>(setting.url, "/api/rerank", { ...body, query });
    const ranked = await post<Ranked>(setting.url, "/v2/rerank", { model: body.model, query, documents: TASK_TEXTS });
    worst = Math.max(
      worst,
      checkClose(raw.scores, logits, `logits of query ${place}`),
      checkClose(scores.scores, logits.map(sigmoid), `scores of query ${place}`),
    );
    checkEqual(ranked.usage.total_tokens, expected.reduce((sum, { tokens }) => sum + tokens, 0), `tokens of query ${place}`);
    checkEqual(ranked.results.map(({ relevance_score: score }) => score), scores.scores.toSorted((a, b) => b - a), "order");
  }
  return `${rows.length} pairs, tokens equal, largest difference ${worst.toExponential(1)}`;
}

interface Ranked {
  results: { index: number; relevance_score: number }[];
  usage: { total_tokens: number };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

interface LabelScore {
  label: string;
  score: number;
}

async function compareLabels(setting: Setting, model: string, folder = setting.models.openShared(model)): Promise<string> {
  const pairs = TASK_TEXTS.map((text, index) => [text, TASK_TEXTS[(index * 7 + 3) % TASK_TEXTS.length] ?? ""] as const);
  const inputs = [...TASK_TEXTS.map((text) => [text] as const), ...pairs];
  const expected: LabelScore[][] = await askPython(setting, { task: "classify", folder, limit: LIMIT, inputs });
  const found = await post<LabelScore[][]>(setting.url, `/m/${model}/predict`, { inputs, truncate: true });
  const alone = await Promise.all(TASK_TEXTS.map((text) => post<{ classifications: LabelScore[][] }>(setting.url, "/api/classify", { model, texts: [text] })));
  const worst = [compareScores(found, expected), compareScores(alone.flatMap(({ classifications }) => classifications), expected.slice(0, TASK_TEXTS.length))];
  return `${inputs.length} texts and pairs, labels equal, largest difference ${Math.max(...worst).toExponential(1)}`;
}

function compareScores(found: readonly LabelScore[][], expected: readonly LabelScore[][]): number {
  checkEqual(found.length, expected.length, "lists");
  const worst = found.map((labels, index) => {
    const [ours, theirs] = [labels, expected[index] ?? []].map(indexScores);
    checkEqual([...(ours?.keys() ?? [])].toSorted(), [...(theirs?.keys() ?? [])].toSorted(), `labels of ${index}`);
    checkEqual(labels[0]?.label, expected[index]?.[0]?.label, `best label of ${index}`);
    return checkClose([...(ours?.values() ?? [])], [...(ours?.keys() ?? [])].map((label) => theirs?.get(label) ?? NaN), `scores of ${index}`);
  });
  return Math.max(...worst);
}

function indexScores(labels: readonly LabelScore[]): Map<string, number> {
  return new Map(labels.map(({ label, score }) => [label, score]));
}

/** The same comparison has to fail where the labels are wrong; otherwise its passing means nothing. */
async function noticeLabels(setting: Setting): Promise<string> {
  setting.models.openRelabelled("polarity-tiny", "polarity-wrong", ["uncertain", "negated", "affirmed"]);
  const noticed = await compareLabels(setting, "polarity-wrong", setting.models.openShared("polarity-tiny")).then(() => "", String);
  check(noticed !== "", "two labels were exchanged and nothing was noticed");
  return noticed;
}

async function compareZeroShot(setting: Setting): Promise<string> {
  const options = { labels: ZERO_SHOT_LABELS, texts: TASK_TEXTS, template: TEMPLATE };
  const folder = setting.models.openInference();
  const expected: { labels: string[]; scores: number[] }[][] = await askPython(setting, { task: "zero_shot", folder, limit: LIMIT, ...options });
  const worst = [false, true].map(async (multi) => {
    const body = { model: "nli-tiny", texts: TASK_TEXTS, labels: ZERO_SHOT_LABELS, hypothesis_template: TEMPLATE, multi_label: multi };
    const { classifications } = await post<{ classifications: LabelScore[][] }>(setting.url, "/api/classify", body);
    const theirs = expected.map((both) => zip(both[multi ? 1 : 0]));
    return compareScores(classifications, theirs);
  });
  return `${TASK_TEXTS.length} texts, ${ZERO_SHOT_LABELS.length} labels, both ways, largest difference ${Math.max(...(await Promise.all(worst))).toExponential(1)}`;
}

function zip(judged: { labels: string[]; scores: number[] } | undefined): LabelScore[] {
  return (judged?.labels ?? []).map((label, index) => ({ label, score: judged?.scores[index] ?? NaN }));
}

interface Entity extends LabelScore {
  start: number;
  end: number;
  text: string;
}

interface Recognized {
  /** By strategy. */
  entities: Record<string, Omit<Entity, "text">[]>;
  /** Whether transformers, which guesses by lengths what is a piece of a word, guessed right. */
  words: boolean;
}

async function compareEntities(setting: Setting, strategy: (typeof STRATEGIES)[number]): Promise<string> {
  const folder = await setting.models.openRampart(setting.python);
  const expected: Recognized[] = await askPython(setting, { task: "recognize", folder, limit: LIMIT, texts: TASK_TEXTS });
  const body = { model: "rampart", texts: TASK_TEXTS, aggregation: strategy };
  const { entities } = await post<{ entities: Entity[][] }>(setting.url, "/api/recognize", body);
  let leftOut = 0;
  const worst = entities.map((found, index) => {
    const { entities: theirsBy = {}, words = true } = expected[index] ?? {};
    const theirs = theirsBy[strategy] ?? [];
    if (strategy !== "simple" && !words) {
      leftOut += 1;
      return 0;
    }
    const text = Array.from(TASK_TEXTS[index] ?? "");
    checkEqual(found.map(({ label, start, end }) => ({ label, start, end })), theirs.map(({ label, start, end }) => ({ label, start, end })), `text ${index}`);
    for (const entity of found) checkEqual(entity.text, text.slice(entity.start, entity.end).join(""), `slice of text ${index}`);
    return checkClose(found.map(({ score }) => score), theirs.map(({ score }) => score), `scores of text ${index}`);
  });
  const count = entities.flat().length;
  check(count > TASK_TEXTS.length / 2, `only ${count} entities in ${TASK_TEXTS.length} texts`);
  const figure = `${count} entities in ${TASK_TEXTS.length} texts, labels and spans equal, largest difference ${Math.max(...worst).toExponential(1)}`;
  return leftOut === 0 ? figure : `${figure}; but ${leftOut} texts where transformers takes a word without its accents for a piece of one`;
}

/** An entry next to zero may be there on one side alone: it counts as the zero that it nearly is. */
async function compareSparse(setting: Setting): Promise<string> {
  const folder = setting.models.openShared("splade-tiny");
  const expected: { indices: number[]; values: number[] }[] = await askPython(setting, { task: "sparse", folder, limit: LIMIT, texts: TASK_TEXTS });
  const found = await post<{ index: number; value: number }[][]>(setting.url, "/m/splade-tiny/embed_sparse", { inputs: TASK_TEXTS, truncate: true });
  let [onOneSide, entries] = [0, 0];
  const worst = found.map((pairs, place) => {
    const { indices = [], values = [] } = expected[place] ?? {};
    const ours = new Map(pairs.map(({ index, value }) => [index, value]));
    const theirs = new Map(indices.map((index, at) => [index, values[at] ?? NaN]));
    const all = [...new Set([...ours.keys(), ...theirs.keys()])];
    onOneSide += all.filter((index) => !ours.has(index) || !theirs.has(index)).length;
    entries += indices.length;
    return checkClose(all.map((index) => ours.get(index) ?? 0), all.map((index) => theirs.get(index) ?? 0), `text ${place}`);
  });
  return `${found.length} texts, ${entries} entries, ${onOneSide} next to zero on one side alone, largest difference ${Math.max(...worst).toExponential(1)}`;
}
