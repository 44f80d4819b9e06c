// text-embeddings-inference: `GET /info` and `GET /health`. Says only what is true here: limits that this server does
// not have are left out.
import type { ModelManifest } from "../../models/manifest.ts";
import { TASKS } from "../../task.ts";
import type { ServerDeps } from "../deps.ts";
import { resolveReadiness } from "../gate.ts";
import { stripFolders } from "../../strip-folders.ts";
import { answerJson, answerText, type ServerContext } from "../route.ts";
import { resolveTeiModel } from "./tei-endpoint.ts";

/** Names that torch and safetensors have for the types of weights. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["F32", "float32"], ["F16", "float16"], ["F64", "float64"], ["BF16", "bfloat16"], ["F8", "float8"],
  ["I8", "int8"], ["U8", "uint8"], ["I4", "int4"], ["U4", "uint4"],
]);

export async function answerInfo(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const name = resolveTeiModel(c, deps, TASKS);
  const [manifest, { weights }] = await Promise.all([deps.models.resolve(name), deps.models.describe(name)]);
  return answerJson(c, {
    model_id: manifest.id,
    model_sha: null,
    model_dtype: DTYPES.get(weights.quantization ?? "") ?? null,
    model_type: formatModelType(manifest),
    max_input_length: manifest.maxTokens,
    max_client_batch_size: deps.limits.inputs,
    auto_truncate: false,
    version: deps.version.version,
  });
}

function formatModelType({ task, labels, heads }: ModelManifest): object {
  if (task === "sparse") return { embedding: { pooling: "splade" } };
  if (task !== "embed") return { [task === "rerank" ? "reranker" : "classifier"]: formatLabels(labels) };
  const head = heads["embed"];
  return { embedding: { pooling: head?.kind === "pool" ? head.modes.join("+") : "" } };
}

function formatLabels(labels: readonly string[]): object {
  return {
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
}

/** 200 without a body, or why it cannot work now. A model in the path has to be there. */
export async function answerHealth(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const model = c.req.param("model");
  if (model !== undefined) await deps.models.describe(model);
  const { status, reason } = resolveReadiness(c, deps);
  if (status === "ready") return answerText(c, "");
  const found = reason === undefined ? status : `${status} (${stripFolders(reason)})`;
  return answerJson(c, { error: `Cannot take work now: the server is ${found}`, error_type: "Unhealthy" }, 503);
}
