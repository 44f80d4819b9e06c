// Texts to token items: prompt in front, lower-case where the model wants it (in that order, as sentence-transformers
// does), ids, and the rule for what is too long.
import { TermiteError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { TokenItem } from "../../scheduler/scheduler.ts";
import type { Encoded, TruncationDirection } from "../../tokenizers/tokenizer.ts";
import { checkLengths, type InputName } from "./check-lengths.ts";
import type { EmbedRequest } from "../embed-request.ts";
import type { LoadedModel } from "../access/loaded-models.ts";

/** What a request says of its texts. */
export type TextsToPrepare = Pick<EmbedRequest, "texts" | "truncate" | "direction" | "prompt" | "signal">;

export async function createTokenItems(model: LoadedModel, request: TextsToPrepare): Promise<TokenItem[]> {
  const { manifest, tokenizer } = model;
  const { signal, direction = "right" } = request;
  const prompt = resolvePrompt(manifest, request.prompt);
  const texts = request.texts.map((text) => formatText(manifest, prompt + text));
  const encoded = await tokenizer.encode(texts, manifest.maxTokens, signal, { direction });
  if (!request.truncate) checkLengths(encoded, manifest.maxTokens, nameInput);
  const hasOwnPool = !manifest.includePrompt && prompt !== "";
  const promptTokens = hasOwnPool ? await tokenizer.countPrompt(formatText(manifest, prompt)) : 0;
  return encoded.map((text) => {
    const poolFrom = countLeftOut(text, promptTokens, direction);
    return { ...createItem(text), ...(poolFrom === 0 ? {} : { poolFrom }) };
  });
}

export function createItem({ ids, typeIds }: Encoded): TokenItem {
  return typeIds === undefined ? { ids } : { ids, typeIds };
}

export function countTokens(items: readonly TokenItem[]): number {
  return items.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** The text in front of every input; `invalid_request` with the names that there are for an unknown one. */
export function resolvePrompt(manifest: ModelManifest, name: string | undefined): string {
  if (name === undefined) return manifest.defaultPrompt;
  const prompt = Object.hasOwn(manifest.prompts, name) ? manifest.prompts[name] : undefined;
  if (prompt !== undefined) return prompt;
  const names = Object.keys(manifest.prompts).map((known) => `"${known}"`);
  const need = names.length === 0 ? "the model has no prompts" : `need one of ${names.join(", ")}`;
  const message = `Cannot use the prompt ${JSON.stringify(name)} of "${manifest.id}": ${need}`;
  throw new TermiteError("invalid_request", message, {
    details: { param: "prompt", prompts: Object.keys(manifest.prompts) },
  });
}

export function nameInput(index: number): InputName {
  return { what: `embed input ${index}`, param: "input", index };
}

/** A cut at the left takes the prompt first. */
function countLeftOut({ ids, fullLength }: Encoded, promptTokens: number, direction: TruncationDirection): number {
  if (direction === "right") return Math.min(promptTokens, ids.length);
  return Math.max(0, promptTokens - (fullLength - ids.length));
}

function formatText(manifest: ModelManifest, text: string): string {
  return manifest.lowerCase ? text.toLowerCase() : text;
}
