// Ollama's routes about models: https://github.com/ollama/ollama/blob/main/docs/api.md#list-local-models and `api/types.go`.
// Every field that its clients read is there; what is not known is an empty text, never a guess.
import * as v from "valibot";
import { TARGETS } from "../../target.ts";
import type { Described } from "../route.ts";
import { CountSchema, ModelSchema, ProgramsSchema } from "./fields.ts";

const TimeSchema = v.pipe(v.string(), v.isoTimestamp());
const DigestSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/),
  v.description("Changes whenever one of the model's files changes"),
);

const DetailsSchema = v.object({
  parent_model: v.string(),
  format: v.literal("onnx"),
  family: v.pipe(v.string(), v.description("`model_type` of its `config.json`")),
  families: v.array(v.string()),
  parameter_size: v.pipe(v.string(), v.description("Counted in the graph: 22.71M")),
  quantization_level: v.pipe(v.string(), v.description("The type of most weights: F32, F16, I8")),
});

const DETAILS = {
  parent_model: "",
  format: "onnx",
  family: "bert",
  families: ["bert"],
  parameter_size: "33.36M",
  quantization_level: "F32",
};

const LISTED = {
  name: "BAAI/bge-small-en-v1.5",
  model: "BAAI/bge-small-en-v1.5",
  size: 133_093_490,
  digest: "3f1a".repeat(16),
  details: DETAILS,
};

const listedEntries = {
  name: v.string(),
  model: v.string(),
  size: v.pipe(CountSchema, v.description("Bytes of the graph and its external data")),
  digest: DigestSchema,
  details: DetailsSchema,
};

export const TagsAnswer: Described = {
  name: "Tags",
  schema: v.object({
    models: v.array(v.object({ ...listedEntries, modified_at: TimeSchema, capabilities: v.array(v.string()) })),
  }),
  example: { models: [{ ...LISTED, modified_at: "2026-11-22T20:08:00.000Z", capabilities: ["embedding"] }] },
};

const UsedSchema = v.pipe(
  v.nullable(CountSchema),
  v.description("Of that, what the engine's allocator holds for all models; null where it does not count"),
);
const ResidentSchema = v.pipe(v.nullable(CountSchema), v.description("Resident memory of the process"));

export const PsAnswer: Described = {
  name: "LoadedModels",
  schema: v.object({
    models: v.array(
      v.object({
        ...listedEntries,
        status: v.picklist(["loading", "loaded"]),
        loaded_at: v.pipe(v.nullable(TimeSchema), v.description("Null while it loads")),
        loading: v.pipe(
          v.nullable(v.object({ phase: v.picklist(["room", "tokenizer", "session", "programs"]), since: TimeSchema })),
          v.description(
            "What is done for it since when: other models leave (`room`), its tokenizer or its graph is opened, or, when it " +
              "answers already, more `programs` are compiled; null when all is done",
          ),
        ),
        expires_at: v.pipe(TimeSchema, v.description("When it is unloaded unless somebody asks; centuries away: never")),
        size: v.pipe(
          CountSchema,
          v.description("Bytes that `memory` sums up to; where it is null, of the graph and its external data"),
        ),
        size_vram: v.pipe(CountSchema, v.description("`size` where a device of its own holds it, 0 on CPU")),
        context_length: CountSchema,
        target: v.object({
          requested: v.picklist(TARGETS),
          actual: v.picklist(TARGETS),
          reason: v.pipe(v.nullable(v.string()), v.description("Why they differ, null when they do not")),
        }),
        device: v.pipe(
          v.nullable(v.object({ name: v.string(), index: CountSchema, memoryBytes: CountSchema, usedBytes: UsedSchema })),
          v.description("Null until the engine has started"),
        ),
        runner: v.nullable(
          v.object({ pid: v.nullable(CountSchema), library: v.string(), version: v.string(), memoryBytes: ResidentSchema }),
        ),
        memory: v.pipe(
          v.nullable(v.object({ weightBytes: CountSchema, programBytes: CountSchema })),
          v.description("What the engine holds for the model, null where it cannot say"),
        ),
        programs: v.pipe(v.nullable(ProgramsSchema), v.description("Null where the engine compiles none")),
      }),
    ),
  }),
  example: {
    models: [
      {
        ...LISTED,
        status: "loaded",
        loaded_at: "2026-11-22T20:08:00.000Z",
        loading: null,
        expires_at: "2026-11-22T20:13:00.000Z",
        size_vram: 0,
        context_length: 512,
        target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null },
        device: { name: "cpu", index: 0, memoryBytes: 8_589_934_592, usedBytes: null },
        runner: { pid: 4711, library: "onnxruntime", version: "1.30.0", memoryBytes: 241_172_480 },
        memory: null,
        programs: null,
      },
    ],
  },
};

export const ShowBodySchema = v.object({ model: ModelSchema });

export const ShowBody: Described = {
  name: "ShowRequest",
  schema: ShowBodySchema,
  example: { model: "all-minilm-l6-v2:int8" },
};

export const ShowAnswer: Described = {
  name: "Show",
  schema: v.object({
    modelfile: v.literal(""),
    parameters: v.literal(""),
    template: v.literal(""),
    details: DetailsSchema,
    model_info: v.pipe(
      v.record(v.string(), v.unknown()),
      v.description("Under Ollama's names, and under `termite.*` what decides a vector and which file says it"),
    ),
    capabilities: v.array(v.string()),
    modified_at: TimeSchema,
  }),
  example: {
    modelfile: "",
    parameters: "",
    template: "",
    details: DETAILS,
    model_info: {
      "general.architecture": "bert",
      "general.parameter_count": 33_360_000,
      "bert.context_length": 512,
      "bert.embedding_length": 384,
      "termite.context_length_origin": "sentence_bert_config.json",
      "termite.pooling": ["cls"],
      "termite.pooling_origin": "1_Pooling/config.json",
      "termite.prompts": {},
      "termite.default_prompt": "",
      "termite.dimensions": [384],
    },
    capabilities: ["embedding"],
    modified_at: "2026-11-22T20:08:00.000Z",
  },
};
