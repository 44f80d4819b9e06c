// What a soak asks for, and what is right: texts of every length with the vectors that the server gave while it was alone.
import { createText } from "../texts.ts";
import { DIALECTS, type Dialect } from "./dialects.ts";
import { BGE, DEFAULT_MODEL, MINILM } from "./model-folder.ts";

export interface SoakModel {
  name: string;
  /** The least cosine that a right answer has. */
  minCosine: number;
}

export interface SoakText {
  text: string;
  references: ReadonlyMap<string, ArrayLike<number>>;
}

/**
 * All of them compute in float32; the default one only keeps its weights as integers. What remains is the order of sums,
 * which differs with the batch: 1e-7. A model that quantizes activations at run time would need 0.99: there the batch counts.
 */
export const SOAK_MODELS: readonly SoakModel[] = [MINILM, BGE, DEFAULT_MODEL].map((name) => ({ name, minCosine: 0.99999 }));

const COUNT = 120;
const ODD_TEXTS = ["", "a", "Ünïcödé – 日本語のテキスト – नमस्ते", "tabs\tand\nlines", "x".repeat(300)];

/** One text alone and nothing beside it: the form in which nothing can leak from one text into another. */
export async function createSoakTexts(url: string, models: readonly SoakModel[] = SOAK_MODELS): Promise<SoakText[]> {
  const [dialect] = DIALECTS;
  if (dialect === undefined) throw new Error("There is no dialect");
  const texts: SoakText[] = [];
  for (const text of [...ODD_TEXTS, ...Array.from({ length: COUNT }, (_, number) => createSoakText(number))]) {
    const references = new Map<string, ArrayLike<number>>();
    for (const { name } of models) references.set(name, await askAlone(url, dialect, { model: name, text }));
    texts.push({ text, references });
  }
  return texts;
}

/** Every third is long, every twentieth longer than any model's limit: it is cut. */
function createSoakText(number: number): string {
  if (number % 20 === 19) return [1, 2, 3].map((part) => createText("long", number * 3 + part).text).join(" ");
  return createText(number % 3 === 2 ? "long" : "short", 9_000_000 + number).text;
}

async function askAlone(url: string, dialect: Dialect, { model, text }: { model: string; text: string }): Promise<ArrayLike<number>> {
  const response = await fetch(`${url}${dialect.path(model)}`, { method: "POST", body: JSON.stringify(dialect.body(model, [text])) });
  if (response.status !== 200) throw new Error(`No reference for ${model}: ${response.status} ${await response.text()}`);
  const [vector] = dialect.parse(await response.arrayBuffer());
  if (vector === undefined) throw new Error(`No reference for ${model}: the answer is empty`);
  return vector;
}

export function computeCosine(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) return NaN;
  let [dot, leftSquare, rightSquare] = [0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [a, b] = [left[i] ?? NaN, right[i] ?? NaN];
    dot += a * b;
    leftSquare += a * a;
    rightSquare += b * b;
  }
  return dot / Math.sqrt(leftSquare * rightSquare);
}
