// The OpenAPI 3.1 document, made from the same table of routes and the same schemas that answer. Loaded on demand.
import { toJsonSchema } from "@valibot/to-json-schema";
import { KEY_ERRORS, describeErrors } from "./answers.ts";
import { resolveDialect, type Dialect } from "./errors.ts";
import type { Answer, Described, Route, RouteDoc } from "./route.ts";
import { isOpen } from "./security/open-routes.ts";

export interface OpenApiOptions {
  version: string;
  configSchema: Readonly<Record<string, unknown>>;
  /** Whether a key has to be presented: then the document says so, and which routes are open all the same. */
  hasKeys: boolean;
}

export type Content = Readonly<Record<string, { schema: object; example?: unknown }>>;

export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  parameters?: readonly object[];
  requestBody?: { required: true; content: Content };
  responses: Readonly<Record<string, { description: string; headers?: object; content: Content }>>;
  /** Empty: needs no key. */
  security?: readonly object[];
}

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string; license: object };
  servers: readonly { url: string }[];
  tags: readonly { name: string; description: string }[];
  /** By path, then by method in lower case. */
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: Readonly<Record<string, unknown>>; securitySchemes?: object };
  security?: readonly object[];
}

const DESCRIPTION = `Vectors, scores, labels and spans of texts. The same work can be asked for in several dialects; errors have the shape of the \
dialect that was spoken. A path that is not listed is 404, another method on one that is listed 405 with \`Allow\`. Every answer carries \
\`X-Request-Id\`: the request's own, or a new one.`;

const TAGS: Readonly<Record<Dialect, { name: string; description: string }>> = {
  native: { name: "Native and Ollama", description: "Every task, models, operations; errors are `{error}`" },
  openai: { name: "OpenAI", description: "Embeddings and models" },
  cohere: { name: "Cohere and Jina", description: "Embeddings and reranking" },
  tei: { name: "text-embeddings-inference", description: "Every task, by the default model of the task or the one in the path" },
};

const RESPONSE_HEADERS: Readonly<Record<string, object>> = {
  401: { "WWW-Authenticate": { description: "How to send a key", schema: { type: "string" } } },
  429: { "Retry-After": { description: "Whole seconds, by the queue's own speed", schema: { type: "integer" } } },
  503: { "Retry-After": { description: "Whole seconds", schema: { type: "integer" } } },
};

export function createOpenApiDocument(served: readonly Route[], options: OpenApiOptions): OpenApiDocument {
  const { version, configSchema, hasKeys } = options;
  const routes = hasKeys ? served.map(addKeyErrors) : served;
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: "3.1.0",
    info: { title: "termite", version, description: DESCRIPTION, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    tags: Object.values(TAGS),
    paths: Object.fromEntries([...byPath].map(([path, methods]) => [path, formatPath(methods, hasKeys)])),
    components: {
      schemas: {
        ...Object.fromEntries(routes.flatMap(({ doc }) => formatComponents(doc))),
        Config: moveReferences(configSchema, "#/components/schemas/Config/"),
      },
      ...(hasKeys ? { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } } : {}),
    },
    ...(hasKeys ? { security: [{ apiKey: [] }] } : {}),
  };
}

function addKeyErrors(route: Route): Route {
  const { method, path, doc } = route;
  if (isOpen(method, path)) return route;
  const errors = describeErrors(resolveDialect(path, method), KEY_ERRORS);
  return { ...route, doc: { ...doc, answers: { ...doc.answers, ...errors } } };
}

function formatPath(methods: readonly Route[], hasKeys: boolean): Readonly<Record<string, Operation>> {
  return Object.fromEntries(methods.map((route) => [route.method.toLowerCase(), formatOperation(route, hasKeys)]));
}

function formatOperation({ method, path, doc }: Route, hasKeys: boolean): Operation {
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z0-9]+/gi, "_")}`,
    tags: [TAGS[resolveDialect(path, method)].name],
    summary: doc.summary,
    ...(doc.parameters === undefined ? {} : { parameters: formatParameters(doc.parameters) }),
    ...(doc.request === undefined ? {} : { requestBody: { required: true, content: formatContent(doc.request) } }),
    responses: Object.fromEntries(
      Object.entries(doc.answers).map(([status, answer]) => [status, formatAnswer(status, answer)]),
    ),
    ...(hasKeys && isOpen(method, path) ? { security: [] } : {}),
  };
}

function formatParameters(examples: Readonly<Record<string, string>>): object[] {
  return Object.entries(examples).map(([name, example]) => ({
    name, in: "path", required: true, schema: { type: "string", minLength: 1 }, example,
  }));
}

function formatAnswer(status: string, answer: Answer): Operation["responses"][string] {
  const { description, mediaType, binary } = answer;
  const bytes = { type: "string", format: "binary", description: binary };
  const asBytes = binary === undefined ? {} : { "application/octet-stream": { schema: bytes } };
  const headers = RESPONSE_HEADERS[status];
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { ...formatContent(answer, mediaType), ...asBytes },
  };
}

function formatContent({ name, example }: Described, mediaType = "application/json"): Content {
  return { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` }, example } };
}

function formatComponents({ request, answers }: RouteDoc): [string, unknown][] {
  const described = request === undefined ? Object.values(answers) : [request, ...Object.values(answers)];
  return described.map(({ name, schema, rules }) => {
    const { $schema: _, ...component } = toJsonSchema(schema, {
      target: "draft-2020-12",
      typeMode: "input",
      // JSON Schema has no word for it; where one comes near, the schema says it as metadata.
      ignoreActions: ["check"],
    });
    return [name, rules === undefined ? component : { ...component, allOf: [rules] }];
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
