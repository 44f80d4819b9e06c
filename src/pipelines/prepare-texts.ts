// Texts to token items: prompt in front, lower-case where the model wants it (in that order, as sentence-transformers
// does), ids, and the rule for what is too long.
import { TermiteError } from "../errors.ts";
import type { ModelManifest } from "../models/manifest.ts";
import type { TokenItem } from "../scheduler/scheduler.ts";
import type { Encoded } from "../tokenizers/tokenizer.ts";
import type { EmbedRequest } from "./embed-request.ts";
import type { LoadedModel } from "./loaded-models.ts";

export async function createTokenItems(model: LoadedModel, request: EmbedRequest): Promise<TokenItem[]> {
  const { manifest, tokenizer } = model;
  const prompt = resolvePrompt(manifest, request.prompt);
  const texts = request.texts.map((text) => formatText(manifest, prompt + text));
  const encoded = await tokenizer.encode(texts, manifest.maxTokens, request.signal);
  if (!request.truncate) checkLengths(encoded, manifest.maxTokens);
  const hasOwnPool = !manifest.includePrompt && prompt !== "";
  const poolFrom = hasOwnPool ? await tokenizer.countPrompt(formatText(manifest, prompt)) : 0;
  return encoded.map(({ ids, typeIds }) => ({
    ids,
    ...(typeIds === undefined ? {} : { typeIds }),
    ...(poolFrom === 0 ? {} : { poolFrom: Math.min(poolFrom, ids.length) }),
  }));
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

function formatText(manifest: ModelManifest, text: string): string {
  return manifest.lowerCase ? text.toLowerCase() : text;
}

function checkLengths(encoded: readonly Encoded[], limit: number): void {
  const index = encoded.findIndex(({ fullLength }) => fullLength > limit);
  const tokens = encoded[index]?.fullLength;
  if (tokens === undefined) return;
  const message = `Cannot embed input ${index}: found ${tokens} tokens, need ${limit} or fewer`;
  throw new TermiteError("input_too_long", message, {
    hint: 'Shorten it, or leave out "truncate": false',
    details: { param: "input", index, tokens, limit },
  });
}
