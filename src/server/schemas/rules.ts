// JSON Schema for what a schema of fields cannot say: which of them exclude or need each other. The document's alone: who
// breaks a rule is answered by the route, in its own words.

type Rule = Readonly<Record<string, unknown>>;

const NONE: Rule = { type: "null" };
const UNSET: Rule = { enum: [false, null] };

/** A text, or an object whose `text` is one. */
const TEXT_DOCUMENT: Rule = {
  anyOf: [{ type: "string" }, { type: "object", required: ["text"], properties: { text: { type: "string" } } }],
};

/** Native rerank. */
export const PROMPTS_OR_DOCUMENTS: Rule = {
  anyOf: [
    { required: ["prompts"], properties: { prompts: { type: "array" }, documents: NONE } },
    { required: ["documents"], properties: { documents: { type: "array", items: TEXT_DOCUMENT }, prompts: NONE } },
  ],
};

/** Cohere's rerank. */
export const TEXTS_OR_RANK_FIELDS: Rule = {
  anyOf: [
    { required: ["rank_fields"], properties: { rank_fields: { type: "array" } } },
    { properties: { documents: { items: TEXT_DOCUMENT } } },
  ],
};

/** Cohere's embed. */
export const TEXTS_OR_INPUTS: Rule = {
  anyOf: [
    { required: ["texts"], properties: { texts: { type: "array" }, inputs: NONE } },
    { required: ["inputs"], properties: { inputs: { type: "array" }, texts: NONE } },
  ],
};

/** Classify: what is about labels of the client's own needs them, and those have no logits. */
export const LABELS_OR_NOT: Rule = {
  anyOf: [
    { required: ["labels"], properties: { labels: { type: "array" }, raw_scores: UNSET } },
    { properties: { labels: NONE, hypothesis_template: NONE, multi_label: UNSET } },
  ],
};

/** Ollama's embed: a text, or the form that loads and unloads. */
export const INPUT_OR_KEEP_ALIVE: Rule = {
  anyOf: [
    { required: ["input"], properties: { input: { anyOf: [{ type: "string" }, { type: "array", minItems: 1 }] } } },
    { required: ["keep_alive"], properties: { keep_alive: { type: ["number", "string"] } } },
  ],
};
