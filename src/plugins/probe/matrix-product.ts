// The product that every engine has to get right: two 128x128 matrices, and their product computed here.
// All numbers are integers from -6 to 6, which float32, TF32 and bfloat16 hold exactly; a sum of 128 products is at
// most 128 * 36 = 4,608 < 2^24, so float32 sums are exact in every order. A right engine is right to the last bit.
import { TermiteError } from "../../errors.ts";

export const MATRIX_SIZE = 128;
/** Numbers in each matrix. */
export const MATRIX_NUMBERS = MATRIX_SIZE * MATRIX_SIZE;

/** Row-major. No row or column repeats, and the product's neither: a shift, a swap or a transposition shows. */
export const createLeft = (): Float32Array => createMatrix((i, j) => 31 * i + 17 * j + i * i * j);
export const createRight = (): Float32Array => createMatrix((i, j) => 11 * i + 5 * j + i * j * j);

function createMatrix(seed: (row: number, column: number) => number): Float32Array {
  // 8191 is prime and larger than a row is long: remainders by 13 alone would repeat every 13 rows.
  return Float32Array.from({ length: MATRIX_NUMBERS }, (_, i) => {
    return ((seed(Math.floor(i / MATRIX_SIZE), i % MATRIX_SIZE) % 8191) % 13) - 6;
  });
}

/** `left` times `right`, exactly. */
export function createProduct(left: Float32Array, right: Float32Array): Float32Array {
  return Float32Array.from({ length: MATRIX_NUMBERS }, (_, i) => {
    const column = i % MATRIX_SIZE;
    const rowStart = i - column;
    let sum = 0;
    for (let k = 0; k < MATRIX_SIZE; k++) sum += (left[rowStart + k] ?? 0) * (right[k * MATRIX_SIZE + column] ?? 0);
    return sum;
  });
}

interface Comparison {
  /** How many of all numbers differ. */
  wrong: number;
  /** The largest difference; infinite where there is no number at all (NaN, infinity). */
  worstError: number;
}

function compareNumbers(found: Float32Array, expected: Float32Array): Comparison {
  let [wrong, worstError] = [0, 0];
  expected.forEach((value, i) => {
    const difference = Math.abs((found[i] ?? Number.NaN) - value);
    if (difference === 0) return;
    wrong++;
    worstError = Number.isNaN(difference) ? Infinity : Math.max(worstError, difference);
  });
  return { wrong, worstError };
}

/** Throws, with what was found, unless all of an engine's 16,384 numbers are right. */
export function checkProduct(found: Float32Array, left: Float32Array, right: Float32Array): void {
  if (found.length !== MATRIX_NUMBERS) throw createWrong(`found ${found.length} numbers instead of ${MATRIX_NUMBERS}`);
  const { wrong, worstError } = compareNumbers(found, createProduct(left, right));
  if (wrong === 0) return;
  const worst = Number.isFinite(worstError) ? `the worst by ${worstError}` : "the worst is no number";
  throw createWrong(`found ${wrong} of ${MATRIX_NUMBERS} numbers wrong, ${worst}`);
}

const createWrong = (found: string): TermiteError => new TermiteError("native", `Cannot trust the product: ${found}`);
