// Features of classic models: TfIdfVectorizer over integers, and of ai.onnx.ml ArrayFeatureExtractor and Binarizer.
import { isFloat } from "../convert/data-type.ts";
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers } from "../convert/host-numbers.ts";
import { take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

/** The runs of numbers of one length that are counted, and the column of the result that each is counted in. */
interface Grams {
  size: number;
  /** One run behind the other. */
  numbers: readonly number[];
  columns: readonly number[];
}

function readGrams(context: EmitContext): Grams[] {
  if (context.findAttribute("pool_strings", "strings") !== undefined) throw context.unsupported("strings are not known");
  const pool = context.ints("pool_int64s");
  const starts = context.ints("ngram_counts");
  const columns = context.ints("ngram_indexes");
  let first = 0;
  const all = starts.map((start, i) => {
    const [size, numbers] = [i + 1, pool.slice(start, starts[i + 1] ?? pool.length)];
    first += numbers.length / size;
    return { size, numbers, columns: columns.slice(first - numbers.length / size, first) };
  });
  const [least, most] = [context.int("min_gram_length"), context.int("max_gram_length")];
  return all.filter(({ size, numbers }) => size >= least && size <= most && numbers.length > 0);
}

/** How often each run stands in each row, its numbers `step` apart: [rows, runs]. `undefined` where rows are too short. */
function countRuns(builder: ModuleBuilder, x: DataValue, { grams, step }: { grams: Grams; step: number }): DataValue | undefined {
  const { size, numbers } = grams;
  const [rows = 0, length = 0] = x.dims;
  const starts = length - step * (size - 1);
  if (starts <= 0) return undefined;
  const runs = numbers.length / size;
  const grid = [rows, starts, runs];
  const equal = Array.from({ length: size }, (_, at) => {
    const part = builder.sliceAxis(x, 1, at * step, at * step + starts);
    const wanted = builder.host(createNumbers(x.type, [runs], (run) => numbers[run * size + at] ?? 0));
    return builder.compare("EQ", builder.broadcast(part, grid, [0, 1]), builder.broadcast(wanted, grid, [2]));
  });
  const isRun = equal.reduce((a, b) => builder.binary("and", a, b));
  return builder.reduce("add", builder.convert(isRun, "f32"), builder.scalar("f32", 0), [1]);
}

function emitTfIdf(context: EmitContext): DataValue[] {
  const { builder } = context;
  const given = context.data(0);
  const x = given.dims.length === 2 ? given : builder.reshape(given, [1, given.dims[0] ?? 1]);
  const width = Math.max(...context.ints("ngram_indexes")) + 1;
  const counts = readGrams(context).flatMap((grams) => {
    // Single numbers have nothing to skip.
    const steps = grams.size === 1 ? 1 : context.int("max_skip_count") + 1;
    const found = Array.from({ length: steps }, (_, i) => countRuns(builder, x, { grams, step: i + 1 }) ?? []).flat();
    if (found.length === 0) return [];
    const total = found.reduce((a, b) => builder.binary("add", a, b));
    const { columns } = grams;
    const places = createNumbers("f32", [columns.length, width], (i) => (columns[Math.floor(i / width)] === i % width ? 1 : 0));
    return [dot(builder, total, builder.host(places), { contracting: [[1], [0]] })];
  });
  const sum = counts.reduce((a, b) => builder.binary("add", a, b), builder.splat("f32", [x.dims[0] ?? 1, width], 0));
  return [builder.reshape(weigh(context, sum), [...given.dims.slice(0, -1), width])];
}

function weigh(context: EmitContext, counts: DataValue): DataValue {
  const { builder } = context;
  const mode = context.string("mode");
  const weights = context.findAttribute("weights", "floats");
  const row = builder.host(createNumbers("f32", [1, counts.dims[1] ?? 0], (i) => weights?.[i] ?? 1));
  if (mode === "TF") return counts;
  if (mode === "TFIDF") return builder.combine("multiply", counts, row);
  if (mode !== "IDF") throw context.unsupported(`mode "${mode}" is not known`);
  const zero = builder.scalar("f32", 0);
  return builder.select(builder.compare("GT", counts, zero), row, zero);
}

/** Columns by their numbers; a vector counts as one row. */
function emitFeatures(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, indices] = [context.data(0), context.data(1)];
  const flat = builder.reshape(indices, [indices.dims.reduce((a, b) => a * b, 1)]);
  const y = take(builder, x, flat, x.dims.length - 1);
  return [x.dims.length === 1 ? builder.reshape(y, [1, ...y.dims]) : y];
}

function emitBinarizer(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const threshold = context.float("threshold", 0);
  const limit = builder.scalar(x.type, isFloat(x.type) ? threshold : Math.floor(threshold));
  return [builder.convert(builder.compare("GT", x, limit), x.type)];
}

export const FEATURES: readonly Operator[] = [
  { op: "TfIdfVectorizer", since: 9, emit: emitTfIdf },
  { op: "ArrayFeatureExtractor", domain: "ai.onnx.ml", since: 1, emit: emitFeatures },
  { op: "Binarizer", domain: "ai.onnx.ml", since: 1, emit: emitBinarizer },
];
