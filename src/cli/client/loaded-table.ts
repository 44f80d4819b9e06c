// What a server says of its loaded models, and the table of it for people. Pure.
import * as v from "valibot";
import { formatBytes } from "../../format-bytes.ts";

const Bytes = v.number();
const Choice = v.object({ requested: v.string(), actual: v.string(), reason: v.nullable(v.string()) });
const Programs = v.object({ ready: v.number(), planned: v.number() });

/** Of `GET /api/ps`, as far as it is shown; the rest is handed on as it is. */
const ModelSchema = v.looseObject({
  name: v.string(),
  status: v.picklist(["loading", "loaded"]),
  loaded_at: v.nullable(v.string()),
  loading: v.nullable(v.object({ phase: v.string(), since: v.string() })),
  expires_at: v.string(),
  size: Bytes,
  target: Choice,
  runner: v.nullable(v.looseObject({ pid: v.nullable(v.number()), memoryBytes: v.nullable(Bytes) })),
  programs: v.nullable(Programs),
});
export const LoadedSchema = v.object({ models: v.array(ModelSchema) });

export type LoadedAnswer = v.InferOutput<typeof LoadedSchema>;
export type LoadedModel = v.InferOutput<typeof ModelSchema>;

export const LOADED_HEADER = ["MODEL", "STATUS", "TARGET", "SIZE", "RUNNER", "AGE", "LEAVES"] as const;

/** A row a model. `SIZE` is the model's own, `RUNNER` what its process has resident with all of its models. */
export function formatLoadedRows(models: readonly LoadedModel[], nowMs: number): string[][] {
  return models.map((model) => [
    model.name,
    formatStatus(model, nowMs),
    formatTarget(model.target),
    formatBytes(model.size),
    formatRunner(model.runner),
    model.loaded_at === null ? "" : formatSpan(nowMs - Date.parse(model.loaded_at)),
    formatExpiry(Date.parse(model.expires_at) - nowMs),
  ]);
}

const PHASES: Readonly<Record<string, string>> = {
  room: "waits for room",
  tokenizer: "opens its tokenizer",
  session: "opens its graph",
  programs: "compiles",
};

/** "loaded", "opens its graph for 3s", "loaded, 4 of 28 programs". */
function formatStatus({ status, loading, programs }: LoadedModel, nowMs: number): string {
  if (status === "loaded") return programs === null || loading === null ? status : `${status}, ${programs.ready} of ${programs.planned} programs`;
  if (loading === null) return status;
  return `${PHASES[loading.phase] ?? loading.phase} for ${formatSpan(nowMs - Date.parse(loading.since))}`;
}

function formatTarget({ requested, actual, reason }: LoadedModel["target"]): string {
  return requested === actual ? actual : `${actual}, not ${requested}: ${reason ?? "no reason given"}`;
}

function formatRunner(runner: LoadedModel["runner"]): string {
  if (runner === null || runner.memoryBytes === null) return "";
  return `${formatBytes(runner.memoryBytes)}, pid ${runner.pid ?? "-"}`;
}

/** Ollama's way to write "never" is a date in centuries. */
const NEVER_MS = 100 * 365 * 86_400_000;

function formatExpiry(ms: number): string {
  return ms > NEVER_MS ? "never" : `in ${formatSpan(ms)}`;
}

const SPANS = [[86_400, "d"], [3600, "h"], [60, "m"]] as const;

/** "0s", "59s", "4m", "3h", "2d". */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const span = SPANS.find(([length]) => seconds >= length);
  return span === undefined ? `${seconds}s` : `${Math.floor(seconds / span[0])}${span[1]}`;
}
