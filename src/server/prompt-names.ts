// What a client says that a text is for, to the name of the model's prompt for it. Models name theirs freely; these are the
// names of sentence-transformers, E5, Nomic, Arctic, Jina and EmbeddingGemma.

const NAMES = {
  query: ["search_query", "query", "retrieval.query", "retrieval-query"],
  document: ["search_document", "document", "passage", "retrieval.passage", "retrieval-document", "corpus"],
  classification: ["classification"],
  clustering: ["clustering", "separation"],
  similarity: ["text-matching", "sts", "similarity"],
} as const;

export type TextUse = keyof typeof NAMES;

/** The first of the use's names that the model has, in any case; `undefined` where it has none: its default prompt counts. */
export function findPromptName(prompts: Readonly<Record<string, string>>, use: TextUse): string | undefined {
  const known = new Map(Object.keys(prompts).map((name) => [name.toLowerCase(), name]));
  const found = NAMES[use].find((name) => known.has(name));
  return found === undefined ? undefined : known.get(found);
}
