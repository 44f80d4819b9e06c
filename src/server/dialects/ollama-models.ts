// Ollama's routes about models: `GET /api/tags`, `GET /api/ps`, `POST /api/show`, and the line at `/` by which it is known.
import type { ModelDescription, ModelManifest } from "../../models/manifest.ts";
import type { LoadedSummary, LoadProgress } from "../../pipelines/embed-request.ts";
import { describeAnswers } from "../answers.ts";
import { readJsonBody } from "../body/read-body.ts";
import { checkObject, parseFields } from "../body/validate.ts";
import type { RunnerSummary, ServerDeps } from "../deps.ts";
import { formatModelFacts, listCapabilities } from "../model-facts.ts";
import { answerJson, answerText } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { PsAnswer, ShowAnswer, ShowBody, ShowBodySchema, TagsAnswer } from "../schemas/ollama-models.ts";
import { ALIVE, AliveAnswer } from "../schemas/operations.ts";
import { describeUsable, findDescription } from "../usable-models.ts";

/** What Ollama adds to now for "for ever": the longest duration that Go has. */
const FOR_EVER_MS = 2 ** 63 / 1e6;

export function createModelRoutes(deps: ServerDeps): Route[] {
  const alive = { ...AliveAnswer, description: "Always, while it runs", mediaType: "text/plain" } as const;
  const tags = { ...TagsAnswer, description: "Every model that can be used, by id" };
  const loaded = { ...PsAnswer, description: "Each from its first use, what it waits for while it loads; those that stay longest first" };
  const shown = { ...ShowAnswer, description: "The model" };
  return [
    {
      method: "GET",
      path: "/",
      isProbe: true,
      doc: {
        summary: "The line by which Ollama's clients know a server",
        answers: describeAnswers("native", alive, []),
      },
      handle: (c) => answerText(c, ALIVE),
    },
    {
      method: "GET",
      path: "/api/tags",
      doc: {
        summary: "Models that can be asked for, in Ollama's shape",
        answers: describeAnswers("native", tags, [500]),
      },
      handle: async (c) => answerJson(c, { models: (await describeUsable(deps)).map(formatTag) }),
    },
    {
      method: "GET",
      path: "/api/ps",
      doc: {
        summary: "Models that are loaded, where, and until when",
        answers: describeAnswers("native", loaded, [500]),
      },
      handle: (c) => answerLoaded(c, deps),
    },
    {
      method: "POST",
      path: "/api/show",
      doc: {
        summary: "What decides a model's vectors, and which file says it",
        request: ShowBody,
        answers: describeAnswers("native", shown, [400, 404, 413, 500, 504]),
      },
      handle: (c) => answerShow(c, deps),
    },
  ];
}

function formatTag(model: ModelDescription): object {
  return {
    ...formatListed(model, model),
    modified_at: formatTime(model.modifiedAt * 1000),
    capabilities: listCapabilities(model),
  };
}

async function answerLoaded(c: ServerContext, deps: ServerDeps): Promise<Response> {
  await deps.refresh?.();
  const loaded = deps.embedder.loaded().toSorted((left, right) => right.expiresAtMs - left.expiresAtMs);
  const models = loaded.map(async (entry) => {
    return formatLoaded(entry, await findDescription(deps, entry.manifest.id), deps.runner(entry.manifest.fingerprint));
  });
  return answerJson(c, { models: await Promise.all(models) });
}

function formatLoaded(
  { manifest, isLoaded, progress, expiresAtMs }: LoadedSummary,
  onDisk: ModelDescription | undefined,
  { target, device, runner, memory, programs }: RunnerSummary,
): object {
  const size = memory === null ? manifest.sizeBytes : memory.weightBytes + memory.programBytes;
  return {
    // Its files may have changed since it was loaded: their weights are not the ones that answer.
    ...formatListed(manifest, onDisk?.digest === manifest.digest ? onDisk : { weights: {} }),
    status: isLoaded ? "loaded" : "loading",
    loaded_at: isLoaded ? formatTime(progress.sinceMs) : null,
    loading: isLoaded && (programs === null || programs.ready === programs.planned) ? null : formatProgress(progress),
    expires_at: formatTime(Math.min(expiresAtMs, Date.now() + FOR_EVER_MS)),
    size,
    size_vram: target.actual.endsWith(":cpu") ? 0 : size,
    context_length: manifest.maxTokens,
    target,
    device,
    runner,
    memory,
    programs,
  };
}

function formatProgress({ phase, sinceMs }: LoadProgress): object {
  return { phase, since: formatTime(sinceMs) };
}

async function answerShow(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = checkObject(await readJsonBody(c.req.raw, { limitBytes: deps.limits.bodyBytes, signal: c.var.signal }));
  // "name" is what older clients call it.
  const { model: name } = parseFields(ShowBodySchema, { ...body, model: body["model"] ?? body["name"] });
  const manifest = await deps.models.resolve(name);
  const model = await deps.models.describe(manifest.id);
  return answerJson(c, {
    modelfile: "",
    parameters: "",
    template: "",
    details: formatDetails(model, model),
    model_info: formatInfo(manifest, model),
    capabilities: listCapabilities(model),
    modified_at: formatTime(model.modifiedAt * 1000),
  });
}

/** What is not known has no entry. A model whose architecture no file names has its figures under `termite.`. */
function formatInfo(manifest: ModelManifest, { weights }: Pick<ModelDescription, "weights">): object {
  const { architecture, nativeDimensions } = manifest;
  const prefix = architecture ?? "termite";
  return {
    "general.architecture": architecture,
    "general.parameter_count": weights.parameters,
    [`${prefix}.context_length`]: manifest.maxTokens,
    [`${prefix}.embedding_length`]: nativeDimensions,
    ...formatModelFacts(manifest),
  };
}

type Listed = Pick<ModelManifest, "id" | "sizeBytes" | "digest" | "architecture">;

function formatListed(model: Listed, weighed: Pick<ModelDescription, "weights">): object {
  const { id, sizeBytes, digest } = model;
  return { name: id, model: id, size: sizeBytes, digest, details: formatDetails(model, weighed) };
}

function formatDetails(
  { architecture }: Pick<ModelManifest, "architecture">,
  { weights }: Pick<ModelDescription, "weights">,
): object {
  return {
    parent_model: "",
    format: "onnx",
    family: architecture ?? "",
    families: architecture === undefined ? [] : [architecture],
    parameter_size: weights.parameters === undefined ? "" : formatCount(weights.parameters),
    quantization_level: weights.quantization ?? "",
  };
}

/** As Ollama writes it: "1.5B", "22.71M", "33M", "512K", "20". */
function formatCount(count: number): string {
  if (count >= 1e9) return `${formatDecimals(count / 1e9, 1)}B`;
  if (count >= 1e6) return `${formatDecimals(count / 1e6, 2)}M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(0)}K` : String(count);
}

function formatDecimals(value: number, digits: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
