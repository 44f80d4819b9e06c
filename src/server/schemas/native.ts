// The native dialect, where it is not Ollama's, and the error body that both have.
import * as v from "valibot";
import type { Described } from "../route.ts";

const IdsSchema = v.array(v.string());

export const KindsAnswer: Described = {
  name: "ModelsByKind",
  schema: v.object({
    chunkers: IdsSchema,
    rerankers: IdsSchema,
    embedders: IdsSchema,
    recognizers: IdsSchema,
    classifiers: IdsSchema,
    generators: IdsSchema,
    extractors: IdsSchema,
    rewriters: IdsSchema,
    readers: IdsSchema,
    transcribers: IdsSchema,
  }),
  example: {
    chunkers: [],
    rerankers: [],
    embedders: ["BAAI/bge-small-en-v1.5", "all-minilm-l6-v2:int8"],
    recognizers: [],
    classifiers: [],
    generators: [],
    extractors: [],
    rewriters: [],
    readers: [],
    transcribers: [],
  },
};

export const VersionAnswer: Described = {
  name: "VersionAnswer",
  schema: v.object({ version: v.string() }),
  example: { version: "0.1.0" },
};

export const ErrorAnswer: Described = {
  name: "Error",
  schema: v.object({ error: v.string() }),
  example: { error: "Cannot read the request: input[3]: found 5, expected a string" },
};
