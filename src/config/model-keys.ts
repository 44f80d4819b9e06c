// The rows of the table of keys that are about models: which there are, what they are called, how each one is run.
import { PRECISIONS, TARGETS } from "../target.ts";
import { TASKS } from "../task.ts";
import { POOLING_WORDS } from "./choices.ts";
import type { ConfigKey } from "./config-key.ts";

export const MODEL_KEYS: readonly ConfigKey[] = [
  {
    key: "default_model",
    kind: "string",
    env: "TERMITE_DEFAULT_MODEL",
    flag: "default-model",
    argument: "MODEL",
    default: "all-minilm-l6-v2:int8",
    inFile: true,
    description: "The model of requests that name none; in a file also a map from task to name",
  },
  {
    key: "aliases",
    kind: "map",
    defaultText: "none",
    inFile: true,
    description: "Other names of models, each with the model that it stands for; answers name that model",
  },
  {
    key: "preload",
    kind: "list",
    env: "TERMITE_PRELOAD",
    flag: "preload",
    argument: "LIST",
    default: [],
    inFile: true,
    description: "Models to load at the start",
  },
  {
    key: "keep_alive",
    kind: "duration",
    env: "TERMITE_KEEP_ALIVE",
    flag: "keep-alive",
    argument: "DURATION",
    default: "5m",
    inFile: true,
    description: "How long a model stays loaded after its last request; 0 or a negative number: for ever",
  },
  {
    key: "models.<name>.variant",
    kind: "string",
    inFile: true,
    description: "Which model_<variant>.onnx the bare name means",
  },
  {
    key: "models.<name>.pooling",
    kind: "string",
    choices: Object.keys(POOLING_WORDS),
    inFile: true,
    description: "How token vectors become one, instead of what the model's own files say",
  },
  {
    key: "models.<name>.prompts",
    kind: "map",
    inFile: true,
    description: "Prompt texts by name; the one named default is put before every input",
  },
  {
    key: "models.<name>.dimensions",
    kind: "list",
    inFile: true,
    description: "Smaller vector sizes that the model is trained for",
  },
  {
    key: "models.<name>.task",
    kind: "string",
    choices: TASKS,
    inFile: true,
    description: "What the model is for, instead of what its own files say",
  },
  {
    key: "models.<name>.target",
    kind: "string",
    choices: TARGETS,
    inFile: true,
    description: "Which target runs the model, instead of the one that backend_priority gives",
  },
  {
    key: "models.<name>.precision",
    kind: "string",
    choices: PRECISIONS,
    inFile: true,
    description: "What an XLA target computes with: f32 (the default), tf32, bf16 or f16",
  },
];
