// Tokens with their logits to entities, as transformers' TokenClassificationPipeline does it (4.57): a label for each
// token or word, then neighbours of one name joined, their score the mean. Two things differ: words are the tokenizer's
// own for every tokenizer (transformers guesses them by white space where no prefix like "##" marks the rest of a word),
// and a label with a dash but without "B-" or "I-" in front stays whole. Pure.
import { parseTags } from "./tags.ts";
import type { Tag } from "./tags.ts";
import type { Aggregation, Entity } from "../tasks.ts";

/** A token of the text itself, not one that the tokenizer put around it. */
export interface TokenLogits {
  start: number;
  end: number;
  /** Tokens in a row with one number are pieces of one word; -1: of none. */
  wordId: number;
  logits: Float32Array;
}

export type LocatedEntity = Omit<Entity, "text">;

/** What transformers leaves out by default. */
const NO_ENTITY = "O";

/** In the order of the text. A label that the model does not name is "LABEL_<number>", as transformers names it. */
export function createEntities(
  tokens: Iterable<TokenLogits>,
  { labels, aggregation }: { labels: readonly string[]; aggregation: Aggregation },
): LocatedEntity[] {
  const tags = parseTags(labels);
  const tagOf = (label: number): Tag => tags[label] ?? { name: `LABEL_${label}`, begins: false, ends: false };
  const choices = aggregation === "simple" ? chooseByToken(tokens) : chooseByWord(tokens, CHOOSERS[aggregation]);
  return groupChoices(choices, tagOf).filter(({ label }) => label !== NO_ENTITY);
}

interface LabelChoice {
  label: number;
  /** A probability. */
  score: number;
}

interface Choice extends LabelChoice {
  start: number;
  end: number;
}

type Chooser = (word: readonly TokenLogits[]) => LabelChoice;

const CHOOSERS: Readonly<Record<Exclude<Aggregation, "simple">, Chooser>> = {
  first: ([first]) => chooseLabel(first?.logits ?? []),
  max: (word) => {
    const choices = word.map(({ logits }) => chooseLabel(logits));
    return choices.reduce((best, choice) => (choice.score > best.score ? choice : best));
  },
  average: (word) => {
    const sums = new Float64Array(word[0]?.logits.length ?? 0);
    for (const { logits } of word) addProbabilities(sums, logits);
    const label = findHighest(sums);
    return { label, score: (sums[label] ?? 0) / word.length };
  },
};

function* chooseByToken(tokens: Iterable<TokenLogits>): Generator<Choice> {
  for (const { logits, start, end } of tokens) yield { ...chooseLabel(logits), start, end };
}

function* chooseByWord(tokens: Iterable<TokenLogits>, choose: Chooser): Generator<Choice> {
  for (const word of groupWords(tokens)) {
    yield { ...choose(word), start: word[0]?.start ?? 0, end: word.at(-1)?.end ?? 0 };
  }
}

function* groupWords(tokens: Iterable<TokenLogits>): Generator<TokenLogits[]> {
  let word: TokenLogits[] = [];
  for (const token of tokens) {
    const isSame = token.wordId >= 0 && token.wordId === word.at(-1)?.wordId;
    if (word.length > 0 && !isSame) {
      yield word;
      word = [];
    }
    word.push(token);
  }
  if (word.length > 0) yield word;
}

/** The most probable label, without the probabilities of the others: softmax of the highest logit alone. */
function chooseLabel(logits: ArrayLike<number>): LabelChoice {
  const label = findHighest(logits);
  const highest = logits[label] ?? 0;
  let sum = 0;
  for (let index = 0; index < logits.length; index++) sum += Math.exp((logits[index] ?? 0) - highest);
  return { label, score: 1 / sum };
}

function addProbabilities(sums: Float64Array, logits: ArrayLike<number>): void {
  const { label, score } = chooseLabel(logits);
  const highest = logits[label] ?? 0;
  for (let index = 0; index < sums.length; index++) {
    sums[index] = (sums[index] ?? 0) + Math.exp((logits[index] ?? 0) - highest) * score;
  }
}

/** The first of equals. */
function findHighest(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

interface Group {
  tag: Tag;
  start: number;
  end: number;
  scores: number;
  count: number;
}

/** "O" makes groups too, which keep entities of one name apart. */
function groupChoices(choices: Iterable<Choice>, tagOf: (label: number) => Tag): LocatedEntity[] {
  const groups: Group[] = [];
  for (const { label, score, start, end } of choices) {
    const tag = tagOf(label);
    const last = groups.at(-1);
    if (last !== undefined && last.tag.name === tag.name && !tag.begins && !last.tag.ends) {
      last.tag = tag;
      last.end = end;
      last.scores += score;
      last.count += 1;
    } else {
      groups.push({ tag, start, end, scores: score, count: 1 });
    }
  }
  return groups.map(({ tag, start, end, scores, count }) => ({ label: tag.name, start, end, score: scores / count }));
}
