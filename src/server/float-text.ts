// Vectors as the text of a JSON list, digit by digit into bytes: three to five times as fast as numbers for
// `JSON.stringify`, which looks for the shortest text that is the same float64. What a client reads back as float32 is the
// vector (but for the sign of a zero).

/**
 * From each bound on so many decimals tell neighbouring float32 apart: half of one of the last decimal is less than half
 * the distance to the nearest neighbour (IEEE 754, 3.4; checked for each of the 546 million values between the last bound
 * and 1). Below 1 no number has more than nine digits behind its leading zeros.
 */
const NINE = 2 ** -6;
const TEN = 2 ** -10;
const ELEVEN = 2 ** -13;
const TWELVE = 2 ** -16;
const THIRTEEN = 2 ** -20;
/** From 1 to here seven do, in 31 bits with what stands before the point. */
const LARGE = 128;

/** By the number of zeros behind the point. */
const SCALES = Float64Array.of(1e9, 1e10, 1e11, 1e12, 1e13);

/** "-2.2250738585072014e-308" and a comma. */
const MOST_BYTES = 25;

/** The four digits of the numbers below 10,000, the first one lowest. */
const QUADS = Uint32Array.from({ length: 10_000 }, (_, number) => {
  const [first, second, third, fourth] = [(number / 1000) | 0, ((number / 100) | 0) % 10, ((number / 10) | 0) % 10, number % 10];
  return 0x30303030 + first + (second << 8) + (third << 16) + (fourth << 24);
});

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Reused: its content is read before anybody else can write. */
let scratch = Buffer.alloc(0);

export function formatFloats(vector: Float32Array): string {
  const mostBytes = vector.length * MOST_BYTES + 2;
  if (scratch.length < mostBytes) scratch = Buffer.allocUnsafeSlow(mostBytes);
  return scratch.toString("latin1", 0, writeFloats(scratch, vector));
}

/** Where it ends. One loop without calls but for what is rare: calls in it take half of its time. */
function writeFloats(bytes: Uint8Array, vector: Float32Array): number {
  let at = 0;
  bytes[at++] = OPEN;
  for (let index = 0; index < vector.length; index++) {
    if (index > 0) bytes[at++] = COMMA;
    const value = vector[index] ?? 0;
    const size = value < 0 ? -value : value;
    if (!(size >= THIRTEEN && size < LARGE)) {
      at = writeOther(bytes, at, value);
      continue;
    }
    bytes[at] = MINUS;
    at += value < 0 ? 1 : 0;
    if (size >= 1) {
      at = writeMixed(bytes, at, size);
      continue;
    }
    const zeros = size >= NINE ? 0 : size >= TEN ? 1 : size >= ELEVEN ? 2 : size >= TWELVE ? 3 : 4;
    const digits = (size * (SCALES[zeros] ?? 0) + 0.5) | 0;
    bytes[at] = bytes[at + 2] = bytes[at + 3] = bytes[at + 4] = bytes[at + 5] = ZERO;
    bytes[at + 1] = POINT;
    at = writeDigits(bytes, at + 2 + zeros, digits);
  }
  bytes[at++] = CLOSE;
  return at;
}

/** The nine digits of a whole number below 10^9, zeros in front, none at the end. Where they end. */
function writeDigits(bytes: Uint8Array, at: number, digits: number): number {
  const first = (digits / 1e8) | 0;
  const rest = digits - first * 1e8;
  const high = (rest / 1e4) | 0;
  bytes[at] = ZERO + first;
  writeQuad(bytes, at + 1, high);
  writeQuad(bytes, at + 5, rest - high * 1e4);
  let end = at + 9;
  while (bytes[end - 1] === ZERO) end--;
  return end;
}

/** From 1 on and below `LARGE`: with seven decimals at most. Where it ends. */
function writeMixed(bytes: Uint8Array, at: number, size: number): number {
  const digits = (size * 1e7 + 0.5) | 0;
  const whole = (digits / 1e7) | 0;
  const rest = digits - whole * 1e7;
  const high = (rest / 1e4) | 0;
  let end = at;
  if (whole >= 100) bytes[end++] = ZERO + ((whole / 100) | 0);
  if (whole >= 10) bytes[end++] = ZERO + (((whole / 10) | 0) % 10);
  bytes[end] = ZERO + (whole % 10);
  writeQuad(bytes, end + 1, high);
  // Three digits: the first of four is a zero.
  bytes[end + 1] = POINT;
  writeQuad(bytes, end + 5, rest - high * 1e4);
  end += 9;
  while (bytes[end - 1] === ZERO) end--;
  return bytes[end - 1] === POINT ? end - 1 : end;
}

function writeQuad(bytes: Uint8Array, at: number, number: number): void {
  const quad = QUADS[number] ?? 0;
  bytes[at] = quad;
  bytes[at + 1] = quad >> 8;
  bytes[at + 2] = quad >> 16;
  bytes[at + 3] = quad >> 24;
}

/** Large ones, tiny ones and zero, of which vectors have few. Where it ends. */
function writeOther(bytes: Uint8Array, at: number, value: number): number {
  const text = String(shortenFloat(value));
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/**
 * The number with the fewest decimals of a few tries that rounds to the same float32: one needs at most nine significant
 * digits (IEEE 754, 5.12.2), its double prints up to seventeen.
 */
export function shortenFloat(value: number): number {
  for (const scale of SHORT_SCALES) {
    const rounded = Math.round(value * scale) / scale;
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

const SHORT_SCALES = [1e9, 1e11, 1e13] as const;
