// Tokenizers whose work is timed, wherever it is asked for.
import type { Metrics } from "../../metrics.ts";
import type { Tokenizers } from "../../tokenizers/open.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export function createTimedTokenizers(tokenizers: Tokenizers, metrics: Metrics): Tokenizers {
  return { open: async (file) => createTimed(await tokenizers.open(file), file.name, metrics) };
}

function createTimed(tokenizer: Tokenizer, model: string, metrics: Metrics): Tokenizer {
  const time = async <T>(work: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work;
    metrics.noteTokenized(model, (performance.now() - startedAt) / 1000);
    return result;
  };
  return {
    ...tokenizer,
    encode: (...request) => time(tokenizer.encode(...request)),
    encodePairs: (...request) => time(tokenizer.encodePairs(...request)),
    encodeDetailed: (...request) => time(tokenizer.encodeDetailed(...request)),
  };
}
