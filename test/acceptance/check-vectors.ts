// Vectors over HTTP against Python's, alone and in a batch, and the proof that wrong pooling and padding are noticed.
import { join } from "node:path";
import { MODELS, createWrongModel } from "./model-folders.ts";
import type { Pooling, PublishedModel } from "./model-folders.ts";
import { MIN_COSINE, checkSame, compareVectors, makeReferences, readReferences } from "./references.ts";
import type { Reference } from "./references.ts";
import { REFERENCES } from "./places.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { EMBEDDED_MODEL, embed } from "./termite.ts";

export interface Setting {
  url: string;
  models: string;
  python: string;
  texts: readonly string[];
}

export function readEmbeddedReferences(): Reference[] {
  return readReferences(join(REFERENCES, "embedded.json"));
}

export async function checkVectors(report: Report, setting: Setting): Promise<void> {
  await report.check(`vectors of ${EMBEDDED_MODEL}`, () => checkModel(setting, EMBEDDED_MODEL, readEmbeddedReferences()));
  for (const model of MODELS) {
    await report.check(`vectors of ${model.name}`, async () => {
      const folder = join(setting.models, model.name);
      return checkModel(setting, model.name, await makeReferences(setting.python, folder, { name: model.name }));
    });
  }
}

async function checkModel({ url, texts }: Setting, model: string, references: readonly Reference[]): Promise<string> {
  const alone: Float32Array[] = [];
  for (const [index, text] of texts.entries()) {
    const answer = await embed(url, model, text);
    const expected = references[index]?.promptTokens;
    check(answer.promptTokens === expected, `text ${index}: ${answer.promptTokens} tokens, Python has ${expected}`);
    check(answer.model === model, `"${answer.model}" answered for "${model}"`);
    alone.push(...answer.vectors);
  }
  const batch = await embed(url, model, texts);
  const total = references.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  check(batch.promptTokens === total, `batch: ${batch.promptTokens} tokens, Python has ${total}`);
  const figures = [
    checkSame(compareVectors(alone, references), "alone"),
    checkSame(compareVectors(batch.vectors, references), "batch"),
  ];
  return `${texts.length} texts, ${total} tokens exact, ${figures.join(", ")}`;
}

/** The same comparison has to fail where the vectors are wrong; otherwise its passing means nothing. */
export async function checkControls(report: Report, setting: Setting): Promise<void> {
  for (const [model, pooling] of findControls()) {
    await report.check(`the comparison notices ${model.name} pooled by ${pooling}`, async () => {
      const name = createWrongModel(setting.models, model, pooling);
      const references = await makeReferences(setting.python, join(setting.models, model.name), { name: model.name });
      return checkNoticed((await embed(setting.url, name, setting.texts)).vectors, references);
    });
  }
  await report.check("the comparison notices padding that leaks into the mean", async () => {
    const folder = join(setting.models, "all-MiniLM-L6-v2");
    const options = { name: "all-MiniLM-L6-v2-padded", flags: ["--keep-padding"] };
    const padded = await makeReferences(setting.python, folder, options);
    return checkNoticed((await embed(setting.url, "all-MiniLM-L6-v2", setting.texts)).vectors, padded);
  });
}

function findControls(): [PublishedModel, Pooling][] {
  return MODELS.filter(({ name }) => !name.startsWith("e5")).map((model) => [model, model.pooling === "cls" ? "mean" : "cls"]);
}

function checkNoticed(vectors: readonly Float32Array[], references: readonly Reference[]): string {
  const { minCosine, wrong } = compareVectors(vectors, references);
  // Texts at the model's limit have no padding to leak, and single tokens pool alike: most texts, not all.
  check(wrong > references.length / 2, `only ${wrong} of ${references.length} texts fell under ${MIN_COSINE}`);
  return `${wrong} of ${references.length} texts refused, min cosine ${minCosine.toFixed(4)}`;
}
