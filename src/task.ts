// What a model is for: "embed", "rerank". Leaf: configuration, models, pipelines and routes speak of the same words.

export const TASKS = ["embed", "rerank", "classify", "recognize", "sparse"] as const;
export type Task = (typeof TASKS)[number];
