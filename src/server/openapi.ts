// The OpenAPI 3.1 document, made from the same table of routes and the same schemas that answer. Loaded on demand.
import { toJsonSchema } from "@valibot/to-json-schema";
import type { Answer, Described, Route, RouteDoc } from "./route.ts";

export interface OpenApiOptions {
  version: string;
  configSchema: Readonly<Record<string, unknown>>;
}

export function createOpenApiDocument(routes: readonly Route[], { version, configSchema }: OpenApiOptions): object {
  return {
    openapi: "3.1.0",
    info: { title: "termite", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      routes.map((route) => [route.path, { [route.method.toLowerCase()]: formatOperation(route) }]),
    ),
    components: {
      schemas: {
        ...Object.fromEntries(routes.flatMap(({ doc }) => formatComponents(doc))),
        Config: moveReferences(configSchema, "#/components/schemas/Config/"),
      },
    },
  };
}

function formatOperation({ method, path, doc }: Route): object {
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z0-9]+/gi, "_")}`,
    summary: doc.summary,
    ...(doc.parameters === undefined ? {} : { parameters: formatParameters(doc.parameters) }),
    ...(doc.request === undefined ? {} : { requestBody: { required: true, content: formatContent(doc.request) } }),
    responses: Object.fromEntries(
      Object.entries(doc.answers).map(([status, answer]) => [status, formatAnswer(answer)]),
    ),
  };
}

function formatParameters(examples: Readonly<Record<string, string>>): object[] {
  return Object.entries(examples).map(([name, example]) => ({
    name, in: "path", required: true, schema: { type: "string" }, example,
  }));
}

function formatAnswer(answer: Answer): object {
  const { description, mediaType, binary } = answer;
  const bytes = { type: "string", format: "binary", description: binary };
  const asBytes = binary === undefined ? {} : { "application/octet-stream": { schema: bytes } };
  return { description, content: { ...formatContent(answer, mediaType), ...asBytes } };
}

function formatContent({ name, example }: Described, mediaType = "application/json"): object {
  return { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` }, example } };
}

function formatComponents({ request, answers }: RouteDoc): [string, unknown][] {
  const described = request === undefined ? Object.values(answers) : [request, ...Object.values(answers)];
  return described.map(({ name, schema }) => {
    const { $schema: _, ...component } = toJsonSchema(schema, { target: "draft-2020-12", typeMode: "input" });
    return [name, component];
  });
}

/** A schema that points into itself ("#/$defs/x") means another place once it stands inside the document. */
function moveReferences(value: unknown, prefix: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moveReferences(item, prefix));
  if (typeof value !== "object" || value === null) return value;
  const moved = Object.entries(value)
    .filter(([key]) => key !== "$schema")
    .map(([key, item]) =>
      key === "$ref" && typeof item === "string" && item.startsWith("#/")
        ? [key, prefix + item.slice(2)]
        : [key, moveReferences(item, prefix)],
    );
  return Object.fromEntries(moved);
}
