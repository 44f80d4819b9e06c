// What machines ask: is it alive, can it work, what does it offer.
import * as v from "valibot";
import { TARGETS } from "../../target.ts";
import type { Described } from "../route.ts";
import { ProgramsSchema } from "./fields.ts";

/** Some of Ollama's clients compare the whole line. */
export const ALIVE = "Ollama is running";

export const AliveAnswer: Described = { name: "Alive", schema: v.literal(ALIVE), example: ALIVE };

export const HealthAnswer: Described = {
  name: "Health",
  schema: v.object({ status: v.literal("ok") }),
  example: { status: "ok" },
};

export const ReadinessAnswer: Described = {
  name: "Readiness",
  schema: v.object({
    status: v.picklist(["ready", "loading", "installing", "draining", "failed"]),
    plugin: v.pipe(v.optional(v.string()), v.description("What is being installed")),
    percent: v.pipe(v.optional(v.number()), v.description("How much of its download is here")),
    target: v.optional(
      v.object({
        requested: v.picklist(TARGETS),
        actual: v.picklist(TARGETS),
        reason: v.pipe(v.nullable(v.string()), v.description("Why they differ, null when they do not")),
      }),
    ),
    programs: v.pipe(v.optional(ProgramsSchema), v.description("Of the default model, on an XLA target")),
    reason: v.pipe(v.optional(v.string()), v.description("Why it is not ready")),
  }),
  example: { status: "ready", target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null } },
};

export const OpenApiAnswer: Described = {
  name: "OpenApiDocument",
  schema: v.looseObject({ openapi: v.string(), paths: v.looseObject({}), components: v.looseObject({}) }),
  example: { openapi: "3.1.0", paths: {}, components: {} },
};

export const DocsAnswer: Described = { name: "Docs", schema: v.string(), example: "<!doctype html>" };

export const MetricsAnswer: Described = {
  name: "Metrics",
  schema: v.string(),
  example: "# TYPE termite_requests_in_flight gauge\ntermite_requests_in_flight 1\n",
};
