import { describe, expect, test } from "bun:test";
import { createEntities } from "../../../src/pipelines/recognize/entities.ts";
import { parseTags } from "../../../src/pipelines/recognize/tags.ts";
import { AGGREGATIONS } from "../../../src/pipelines/tasks.ts";
import type { Aggregation } from "../../../src/pipelines/tasks.ts";

type Row = readonly [start: number, end: number, wordId: number, logits: readonly number[]];
type Expected = readonly [label: string, start: number, end: number, score: number];

const tokensOf = (rows: readonly Row[]) =>
  rows.map(([start, end, wordId, logits]) => ({ start, end, wordId, logits: Float32Array.from(logits) }));
const recognize = (rows: readonly Row[], labels: readonly string[], aggregation: Aggregation = "simple") =>
  createEntities(tokensOf(rows), { labels, aggregation });
const check = (entities: ReturnType<typeof recognize>, expected: readonly Expected[]) =>
  expect(entities).toEqual(expected.map(([label, start, end, score]) => ({ label, start, end, score: expect.closeTo(score, 8) })));
/** A row whose label is `label` of `count` beyond any doubt. */
const sure = (start: number, label: number, count: number, wordId = start): Row =>
  [start, start + 1, wordId, Array.from({ length: count }, (_, index) => (index === label ? 100 : 0))];

const BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
/** "Ann Smith|son and Bob live in New York|s": labels change inside of words and between them. */
const SENTENCE: Row[] = [
  [0, 3, 0, [0, 4, 1, 0, 0]], [4, 9, 1, [0, 1, 3, 0, 2]], [9, 12, 1, [0, 2.5, 0, 0, 2]], [13, 16, 2, [5, 0, 0, 0, 0]],
  [17, 20, 3, [0, 3, 2, 0, 0]], [21, 24, 4, [0, 2, 1, 1, 0]], [25, 27, 5, [2, 0, 0, 1, 0]], [28, 31, 6, [0, 0, 0, 1, 3]],
  [32, 36, 7, [0, 0, 0, 0, 4]], [36, 37, 7, [6, 0, 0, 0, 1]],
];

/**
 * From Python: `aggregate` of transformers 4.57.1's TokenClassificationPipeline, run on the softmax in float64 of the same
 * logits, `is_subword` true for the second token of a word; groups named "O" left out, scores rounded to nine digits.
 */
const FROM_PYTHON: Readonly<Record<Aggregation, readonly Expected[]>> = {
  simple: [
    ["PER", 0, 9, 0.764553893], ["PER", 9, 12, 0.53972784], ["PER", 17, 20, 0.659091228], ["PER", 21, 24, 0.498397788],
    ["LOC", 28, 36, 0.855066215],
  ],
  first: [["PER", 0, 12, 0.764553893], ["PER", 17, 20, 0.659091228], ["PER", 21, 24, 0.498397788], ["LOC", 28, 37, 0.855066215]],
  average: [["PER", 0, 12, 0.619651659], ["PER", 17, 20, 0.659091228], ["PER", 21, 24, 0.498397788], ["LOC", 28, 31, 0.77839397]],
  max: [["PER", 0, 12, 0.764553893], ["PER", 17, 20, 0.659091228], ["PER", 21, 24, 0.498397788], ["LOC", 28, 31, 0.77839397]],
};

describe("createEntities()", () => {
  test.each([...AGGREGATIONS])("gives what transformers gives with %s", (aggregation) => {
    check(recognize(SENTENCE, BIO, aggregation), FROM_PYTHON[aggregation]);
  });

  test("joins neighbours of one label when labels have no scheme, and keeps those apart that O is between", () => {
    const rows: Row[] = [
      [0, 1, 0, [0, 2, 0]], [2, 3, 1, [0, 3, 0]], [4, 5, 2, [0, 0, 1]], [6, 7, 3, [1, 1, 0]], [8, 9, 4, [0, 2, 0]],
    ];
    // From Python, as above; equal logits are the first label's.
    check(recognize(rows, ["O", "PER", "LOC"]), [["PER", 0, 3, 0.84821452], ["LOC", 4, 5, 0.576116885], ["PER", 8, 9, 0.786986042]]);
  });

  const BIOES = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "S-LOC"];
  test.each([
    ["B I E is one", [1, 2, 3], [[0, 3]]],
    ["S is one of its own on either side", [1, 4, 2, 4, 4], [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]],
    ["E goes on", [1, 3, 3, 1], [[0, 3], [3, 4]]],
    ["another name begins", [1, 6, 5, 3], [[0, 1], [1, 2], [2, 3], [3, 4]]],
    ["I alone", [0, 2, 0, 3], [[1, 2], [3, 4]]],
  ])("reads BIOES: %s", (_, labels, spans) => {
    const entities = recognize(labels.map((label, start) => sure(start, label, BIOES.length)), BIOES);
    expect(entities.map(({ start, end }) => [start, end])).toEqual(spans);
  });

  test("gives B of the same name behind B an entity of its own", () => {
    check(recognize([sure(0, 1, 5), sure(1, 1, 5), sure(2, 2, 5)], BIO), [["PER", 0, 1, 1], ["PER", 1, 3, 1]]);
  });

  test("takes a token that is no piece of a word as a word", () => {
    const rows = [sure(0, 1, 5, -1), sure(1, 4, 5, -1)];
    check(recognize(rows, BIO, "first"), [["PER", 0, 1, 1], ["LOC", 1, 2, 1]]);
  });

  test("names labels that the model does not name by their numbers", () => {
    check(recognize([sure(0, 1, 2)], []), [["LABEL_1", 0, 1, 1]]);
  });

  test("gives probabilities of logits that overflow when they are raised", () => {
    check(recognize([[0, 1, 0, [-3000, 1000, 1000]]], ["O", "A", "B"]), [["A", 0, 1, 0.5]]);
  });

  test("gives nothing when there are no tokens", () => {
    for (const aggregation of AGGREGATIONS) expect(recognize([], BIO, aggregation)).toEqual([]);
  });
});

describe("parseTags()", () => {
  test.each([
    ["E- and S- where the model has B- or I- of that name", ["B-A", "E-A", "I-C", "S-C"], ["A", "A", "C", "C"]],
    ["no scheme in names that only look like one", ["O", "E-MAIL", "S-CORP", "PHONE-NUMBER"], ["O", "E-MAIL", "S-CORP", "PHONE-NUMBER"]],
    ["names with a hyphen behind a prefix", ["B-PHONE-NUMBER", "I-E-MAIL"], ["PHONE-NUMBER", "E-MAIL"]],
    ["no labels", [], []],
  ])("reads %s", (_, labels, names) => {
    expect(parseTags(labels).map(({ name }) => name)).toEqual(names);
  });
});
