// The texts of every serving bench. Text number n is always the same and no other number has it, so no cache can answer
// for an engine; its length is known without a tokenizer, because every word is one token of BERT's vocabulary.

export type TextKind = "short" | "long";

export interface BenchText {
  text: string;
  /** Special tokens included, for models with BERT's English vocabulary (MiniLM, bge, e5). */
  tokens: number;
}

/** 256 words. */
const WORDS = `
  was this has would only years city your get work house much series john began west thought york station let
  within should february major served park late ever among lost community become force record does role region
  brother reached lead real followed battle australia mouth common start formed railway forces result average bed
  style sometimes features sold coach attack believe below female model richard leaving jack leader bay onto smith
  date provide length sun trade weeks channel silver regular engine navy giving chair ice studied goals greek
  assembly stars assistant minute launched recording corner louis winner larger box allow florida agreed appears
  specific minor branch truth metres creek whatever showed daily join sky leaves nations ability pop elements
  purpose maria intended victoria exchange competed positive polish finish infantry owner soul memorial asian asia
  bbc typically sort andrew renamed captured sons commonly defeat brain palace laid calling bodies continues
  supreme laws setting stomach facility combat hosted sixth etc finals marked reference claims imperial materials
  votes barely creating explained francis chamber thousand economy starring heads besides rare centuries factory
  cambridge truck fuel wings winners copies stands suit extensive weekly fit howard expansion tank dvd grow
  negative motor afternoon broad advantage chemical nfl stairs norway consider usual colorado loud aware wheel
  walker spend leads argued forget dating stores formal cash file trophy beer fifteen courts quebec committed
  decade edited taste carl dreams meters solution childhood kentucky willing determine ill favor studying zero
  devices operates racial medieval birthday adding moves graham seattle poems rapidly rapid edinburgh solar flash
  surgery eating
`.trim().split(/\s+/);

/** [CLS], the full stop, [SEP]. */
const AROUND = 3;
/** These words spell the text's number, eight bits each. */
const NUMBER_WORDS = 3;
const SHORTEST = AROUND + NUMBER_WORDS;
const LONGEST = 254;

/** Numbers under 2 ** 24. Short: 24 tokens on average, 10th to 99th percentile 11 to 78; long: 214 on average. */
export function createText(kind: TextKind, number: number): BenchText {
  const tokens = createLength(kind, number);
  const words = Array.from({ length: tokens - AROUND }, (_, at) => {
    const pick = at < NUMBER_WORDS ? number >>> (8 * at) : mix(number * 509 + at);
    return WORDS[pick & 255] ?? "";
  });
  return { text: `${words.join(" ")}.`, tokens };
}

/** Texts `first`, `first + 1`, … */
export function createTexts(kind: TextKind, first: number, count: number): BenchText[] {
  return Array.from({ length: count }, (_, i) => createText(kind, first + i));
}

/** A shifted log-normal for short texts, a normal for long ones. */
function createLength(kind: TextKind, number: number): number {
  const deviate = createDeviate(number);
  const length = kind === "short" ? 3 + Math.exp(2.85 + 0.62 * deviate) : 214 + 20 * deviate;
  return Math.min(LONGEST, Math.max(SHORTEST, Math.round(length)));
}

/** A standard normal deviate of the number's own (Box and Muller). */
function createDeviate(number: number): number {
  const [left, right] = [(mix(2 * number) + 1) / 2 ** 32, mix(2 * number + 1) / 2 ** 32];
  return Math.sqrt(-2 * Math.log(left)) * Math.cos(2 * Math.PI * right);
}

/** 32 bits that look like chance: the finalizer of MurmurHash3. */
function mix(number: number): number {
  let bits = (number + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
