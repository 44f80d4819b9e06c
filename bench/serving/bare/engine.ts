// The yardstick in a process of its own: `bun engine.ts LIBRARY ADDON TOKENIZER GRAPH mean|cls FORM`. Frames of texts come
// in, frames of vectors go out; between them nothing but tokenizer, length-sorted window, ONNX Runtime and pooling.
import type { Encoding } from "tokenizers";
import { openAddon } from "../../../src/tokenizers/addon.ts";
import { createFrameReader, formatFrame, parseTexts, TIMED } from "../frames.ts";
import type { Frame } from "../frames.ts";
import { parseForm } from "./form.ts";
import { openRunner } from "./runner.ts";
import { Window } from "./window.ts";
import type { Waiting } from "./window.ts";

const [libraryPath = "", addonPath = "", tokenizerFile = "", graphFile = "", pooling = "", formText = ""] = process.argv.slice(2);
const form = parseForm(formText);
const tokenizer = openAddon(addonPath).Tokenizer.fromFile(tokenizerFile);
tokenizer.disablePadding();
tokenizer.disableTruncation();
const runner = openRunner({ libraryPath, graphFile, pooling: pooling === "cls" ? "cls" : "mean" }, form);
const window = new Window(form);
const output = Bun.stdout.writer();

/** A request whose vectors are not all there. */
interface Open {
  left: number;
  count: number;
  vectors: Float32Array | undefined;
}

const open = new Map<number, Open>();

const readIds = (encoding: Encoding): Int32Array => Int32Array.from(encoding.getIds());

/** All that came in one read goes into one call of the tokenizer. */
async function take(frames: readonly Frame[]): Promise<void> {
  const texts = frames.map(({ payload }) => parseTexts(payload));
  const encodings = await tokenizer.encodeBatch(texts.flat(), { addSpecialTokens: true });
  let at = 0;
  frames.forEach(({ id: request }, i) => {
    const count = texts[i]?.length ?? 0;
    open.set(request, { left: count, count, vectors: undefined });
    window.add(encodings.slice(at, at += count).map((encoding, index): Waiting => ({ request, index, ids: readIds(encoding) })));
  });
  dispatch();
}

function dispatch(): void {
  while (runner.hasRoom()) {
    const texts = window.takeBatch();
    if (texts === undefined) return;
    runner.run(createBatch(texts), (vectors) => {
      finish(texts, vectors);
      if (form.workers > 0) dispatch();
    });
  }
}

function createBatch(texts: readonly Waiting[]): { ids: Int32Array; lengths: Int32Array } {
  const lengths = Int32Array.from(texts, ({ ids }) => ids.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const text of texts) {
    ids.set(text.ids, at);
    at += text.ids.length;
  }
  return { ids, lengths };
}

function finish(texts: readonly Waiting[], vectors: Float32Array): void {
  const width = vectors.length / texts.length;
  texts.forEach(({ request, index }, row) => {
    const own = open.get(request);
    if (own === undefined) return;
    own.vectors ??= new Float32Array(own.count * width);
    own.vectors.set(vectors.subarray(row * width, (row + 1) * width), index * width);
    if (--own.left > 0) return;
    open.delete(request);
    write(request, own.vectors);
  });
}

function write(request: number, values: Float32Array | Float64Array): void {
  const frame = formatFrame(request, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  void output.write(frame);
  void output.flush();
}

/** One text after the other, from the string to the vector, without the pipe. */
async function time({ id, payload }: Frame): Promise<void> {
  const times: number[] = [];
  for (const text of parseTexts(payload)) {
    const begunMs = performance.now();
    const [encoding] = await tokenizer.encodeBatch([text], { addSpecialTokens: true });
    if (encoding === undefined) continue;
    const ids = readIds(encoding);
    await new Promise<unknown>((resolve) => runner.run({ ids, lengths: Int32Array.of(ids.length) }, resolve));
    times.push(performance.now() - begunMs);
  }
  write(id, Float64Array.from(times));
}

const read = createFrameReader();
for await (const part of Bun.stdin.stream()) {
  const frames = read(part);
  for (const frame of frames) if ((frame.id & TIMED) !== 0) await time(frame);
  const work = frames.filter(({ id }) => (id & TIMED) === 0);
  if (work.length > 0) void take(work);
}
process.exit(0);
