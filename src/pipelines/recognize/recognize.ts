// Text in, entities out: tokens with offsets, a row of logits for each, entities as `entities.ts` makes them of these.
// Offsets are those of the text as it came: whatever a tokenizer's normalizer changes (lower case, accents) it traces
// back, and nothing else is changed before it, as in transformers.
import type { RaggedResult } from "../../heads/head.ts";
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import { createCodePointSlicer } from "../../tokenizers/code-points.ts";
import type { DetailedEncoding } from "../../tokenizers/tokenizer.ts";
import { checkLengths, type InputName } from "../inputs/check-lengths.ts";
import { estimateTexts } from "../inputs/estimate-tokens.ts";
import { createEntities, type TokenLogits } from "./entities.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { countTokens } from "../inputs/prepare-texts.ts";
import { readTokenRows } from "../results/read-tokens.ts";
import { checkWindowTokens, createWindows, findBestWindows, type TokenWindow } from "./windows.ts";
import type { Entity, RecognizeRequest, RecognizeResult, Recognizer } from "../tasks.ts";

export function createRecognizer(access: Pick<ModelAccess, "use">): Recognizer {
  return {
    recognize: (request) => {
      // Windows cover all of a text.
      const estimate = ({ maxTokens }: ModelManifest): number => {
        return estimateTexts(request.texts, request.stride === undefined ? maxTokens : Infinity);
      };
      return access.use(request, ["recognize"], (model) => recognizeTexts(model, request), { estimate });
    },
  };
}

async function recognizeTexts(model: OpenModel, request: RecognizeRequest): Promise<RecognizeResult> {
  const { manifest, loadNs } = model;
  const { texts, stride, aggregation } = request;
  const encodings = await encodeTexts(model, request);
  const options = { limit: manifest.maxTokens, stride, model: manifest.id };
  checkWindowTokens(encodings, options);
  const windows = encodings.map((encoding) => createWindows(encoding, options));
  const items = windows.flat().map(({ item }) => item);
  const results = (await model.run(HEAD_NAMES.logits, items)).values();
  const entities = encodings.map((encoding, index) => {
    const own = windows[index] ?? [];
    const name = { what: nameText(index).what, content: "scores" };
    const rows = own.map(({ item }) => readTokenRows(manifest, results.next().value, item.ids.length, name));
    const located = createEntities(readTokens(encoding, own, rows), { labels: manifest.labels, aggregation });
    const slice = createCodePointSlicer(texts[index] ?? "");
    return located.map(({ start, end, ...entity }): Entity => ({ ...entity, start, end, text: slice(start, end) }));
  });
  return { model: manifest.id, entities, promptTokens: countTokens(items), loadNs };
}

/** Cut at the model's limit, but for windows, which need all of a text. */
async function encodeTexts({ manifest, tokenizer }: OpenModel, request: RecognizeRequest): Promise<DetailedEncoding[]> {
  const { texts, stride, direction, truncate, signal } = request;
  if (stride !== undefined) return await tokenizer.encodeDetailed(texts, {}, signal);
  const encodings = await tokenizer.encodeDetailed(texts, { limit: manifest.maxTokens, direction }, signal);
  if (!truncate) checkLengths(encodings, manifest.maxTokens, nameText);
  return encodings;
}

/** `rows[i]` is what the model gave for `windows[i]`. */
function* readTokens(
  { offsets, special, wordIds }: DetailedEncoding,
  windows: readonly TokenWindow[],
  rows: readonly RaggedResult[],
): Generator<TokenLogits> {
  const best = findBestWindows(windows, special.length);
  for (const [token, index] of best.entries()) {
    const [window, result] = [windows[index], rows[index]];
    if (special[token] === 1 || window === undefined || result === undefined) continue;
    const at = (window.row + token - window.start) * result.width;
    const logits = result.data.subarray(at, at + result.width);
    const [start = 0, end = 0] = offsets.subarray(2 * token, 2 * token + 2);
    yield { start, end, wordId: wordIds[token] ?? -1, logits };
  }
}

function nameText(index: number): InputName {
  return { what: `recognize entities in text ${index}`, param: "texts" };
}
