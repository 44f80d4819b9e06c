// Einsum: products of tensors summed over letters, two operands at a time. An ellipsis stands for leading dimensions.
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

/** A tensor and the letter of each of its dimensions. */
interface Term {
  value: DataValue;
  letters: readonly string[];
}

/** Letters for what an ellipsis stands for, counted from the right: none that an equation can hold. */
const ellipsisLetters = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${count - i}`);

function emitEinsum(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [left = "", right] = context.string("equation").replaceAll(" ", "").split("->");
  const operands = context.allData();
  const parts = left.split(",");
  if (parts.length !== operands.length) throw context.unsupported(`found ${parts.length} terms for ${operands.length} inputs`);
  const terms = parts.map((part, i) => readTerm(context, part, operands[i]));
  const most = terms.flatMap(({ letters }) => letters).filter((letter) => letter.startsWith("."));
  const result = right === undefined ? findResult(terms) : readLetters(right, new Set(most).size);
  const reduced = terms.map((term) => takeDiagonals(builder, term));
  const [first, ...others] = reduced;
  if (first === undefined) throw context.unsupported("it has no input");
  const product = others.reduce((sum, term, i) => {
    const later = new Set([...result, ...others.slice(i + 1).flatMap(({ letters }) => letters)]);
    return multiply(builder, [dropUnused(builder, sum, new Set([...later, ...term.letters])), dropUnused(builder, term, new Set([...later, ...sum.letters]))], later);
  }, first);
  const { value, letters } = dropUnused(builder, product, new Set(result));
  return [builder.transpose(value, result.map((letter) => letters.indexOf(letter)))];
}

function readTerm(context: EmitContext, part: string, value: DataValue | undefined): Term {
  if (value === undefined) throw context.unsupported("an input is missing");
  const named = part.replace("...", "").length;
  return { value, letters: readLetters(part, value.dims.length - named) };
}

function readLetters(part: string, ellipsis: number): string[] {
  const [before = "", after] = part.split("...");
  const split = (letters: string): string[] => letters.split("");
  return after === undefined ? split(before) : [...split(before), ...ellipsisLetters(ellipsis), ...split(after)];
}

/** Without "->": the ellipsis, then the letters that stand once, in the order of the alphabet. */
function findResult(terms: readonly Term[]): string[] {
  const all = terms.flatMap(({ letters }) => letters);
  const ellipsis = [...new Set(all.filter((letter) => letter.startsWith(".")))].sort().toReversed();
  const once = all.filter((letter) => !letter.startsWith(".") && all.filter((other) => other === letter).length === 1);
  return [...ellipsis, ...once.sort()];
}

/** A letter twice in one term: only the elements where both places are equal. */
function takeDiagonals(builder: ModuleBuilder, { value, letters }: Term): Term {
  const twice = letters.findIndex((letter, i) => letters.indexOf(letter) < i);
  if (twice < 0) return { value, letters };
  const first = letters.indexOf(letters[twice] ?? "");
  const isSame = builder.compare("EQ", builder.iota("i64", value.dims, first), builder.iota("i64", value.dims, twice));
  const kept = builder.select(isSame, value, builder.splat(value.type, value.dims, 0));
  const reduced = builder.reduce("add", kept, builder.scalar(value.type, 0), [twice]);
  return takeDiagonals(builder, { value: reduced, letters: letters.toSpliced(twice, 1) });
}

/** Sums over the letters that nothing needs any more. */
function dropUnused(builder: ModuleBuilder, { value, letters }: Term, needed: ReadonlySet<string>): Term {
  const axes = letters.flatMap((letter, i) => (needed.has(letter) ? [] : [i]));
  if (axes.length === 0) return { value, letters };
  const reduced = builder.reduce("add", value, builder.scalar(value.type, 0), axes);
  return { value: reduced, letters: letters.filter((letter) => needed.has(letter)) };
}

/** Letters of both operands are summed unless they are needed `later`. */
function multiply(builder: ModuleBuilder, [a, b]: readonly [Term, Term], later: ReadonlySet<string>): Term {
  // A dimension of 1 stretches: it is summed away first, so that the other operand's counts alone.
  const [x, y] = [dropOnes(builder, a, b), dropOnes(builder, b, a)];
  const shared = x.letters.filter((letter) => y.letters.includes(letter));
  const [batching, contracting] = [shared.filter((letter) => later.has(letter)), shared.filter((letter) => !later.has(letter))];
  const axesOf = ({ letters }: Term, wanted: readonly string[]): number[] => wanted.map((letter) => letters.indexOf(letter));
  const value = dot(builder, x.value, y.value, {
    batching: [axesOf(x, batching), axesOf(y, batching)], contracting: [axesOf(x, contracting), axesOf(y, contracting)],
  });
  const free = ({ letters }: Term): string[] => letters.filter((letter) => !shared.includes(letter));
  return { value, letters: [...batching, ...free(x), ...free(y)] };
}

function dropOnes(builder: ModuleBuilder, term: Term, other: Term): Term {
  const sizeOf = ({ value, letters }: Term, letter: string): number => value.dims[letters.indexOf(letter)] ?? 1;
  const stretched = term.letters.filter((letter) =>
    other.letters.includes(letter) && sizeOf(term, letter) === 1 && sizeOf(other, letter) !== 1);
  return stretched.length === 0 ? term : dropUnused(builder, term, new Set(term.letters.filter((letter) => !stretched.includes(letter))));
}

export const EINSUM: readonly Operator[] = [{ op: "Einsum", since: 12, emit: emitEinsum }];
