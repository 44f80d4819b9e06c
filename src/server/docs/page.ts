// The OpenAPI document as one page of HTML: no script, no font, nothing that would have to be fetched. Loaded on demand.
import { html, raw } from "hono/html";
import { isRecord } from "../../is-record.ts";
import type { Content, OpenApiDocument, Operation } from "../openapi.ts";
import { listFields, type SchemaField } from "./schema-fields.ts";
import { STYLE } from "./style.ts";

/** What `hono/html` gives for a template without promises: text that is escaped. */
type Html = ReturnType<typeof html>;

interface Listed {
  method: string;
  path: string;
  operation: Operation;
}

/** Stands in the page where this server's address goes, which only a request knows. */
export const ORIGIN_MARK = "{{origin}}";

export async function formatDocsPage(document: OpenApiDocument): Promise<string> {
  const { info, tags, components, security } = document;
  const listed = listOperations(document);
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} ${info.version}</title>
<style>${raw(STYLE)}</style>
<h1>${info.title} ${info.version}</h1>
<p>${formatText(info.description)}</p>
<p>The same for machines: <a href="/openapi.json">/openapi.json</a> (OpenAPI ${document.openapi}).
${security === undefined ? "" : html`Send your key: <code>Authorization: Bearer KEY</code>.`}</p>
${tags.map(({ name, description }) => html`<h2>${name}</h2><p>${formatText(description)}</p>
${listed.filter(({ operation }) => operation.tags.includes(name)).map((entry) => formatOperation(entry, document))}`)}
<h2>Schemas</h2><p>* is required.</p>
${Object.entries(components.schemas).map(([name, schema]) => formatSchema(name, schema))}
</html>
`;
  return String(await page);
}

function listOperations({ paths }: OpenApiDocument): Listed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function formatOperation({ method, path, operation }: Listed, document: OpenApiDocument): Html {
  const { operationId, summary, requestBody, responses } = operation;
  const good = responses["200"];
  const needsKey = document.security !== undefined && operation.security === undefined;
  return html`<details><summary><span class="method">${method}</span> <code>${path}</code>
<span class="summary">${summary}</span></summary><div id="${operationId}">
<pre>${formatCurl({ method, path, operation }, needsKey)}</pre>
${requestBody === undefined ? "" : html`<h4>Request: ${formatSchemaLinks(requestBody.content)}</h4>
${formatFields(listFields(findSchema(document, requestBody.content)))}`}
<h4>Answers</h4><table>${Object.entries(responses).map(([status, { description, content }]) => html`
<tr><td>${status}</td><td>${formatSchemaLinks(content)}</td><td>${formatText(description)}</td></tr>`)}
</table>
${good === undefined ? "" : html`<pre>${formatExample(good.content)}</pre>`}</div></details>
`;
}

/** A line for a POSIX shell. */
function formatCurl({ method, path, operation }: Listed, needsKey: boolean): string {
  const url = (operation.parameters ?? []).reduce<string>((filled, parameter) => {
    if (!isRecord(parameter)) return filled;
    return filled.replace(`{${String(parameter["name"])}}`, String(parameter["example"]));
  }, path);
  const words = [`curl -s${method === "GET" ? "" : ` -X ${method}`} ${ORIGIN_MARK}${url}`];
  if (needsKey) words.push(`-H "authorization: Bearer $TERMITE_KEY"`);
  const example = Object.values(operation.requestBody?.content ?? {})[0]?.example;
  if (example !== undefined) words.push(`-H 'content-type: application/json'`, `-d ${quote(JSON.stringify(example))}`);
  return words.join(" \\\n  ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function formatExample(content: Content): string {
  const example = Object.values(content)[0]?.example;
  return typeof example === "string" ? example : JSON.stringify(example, null, 2);
}

function formatSchemaLinks(content: Content): Html[] {
  return Object.entries(content).map(([mediaType, { schema }]) => {
    const name = findName(schema);
    return html`${name === undefined ? "" : html`<a href="#${name}">${name}</a>`} <code>${mediaType}</code> `;
  });
}

function findSchema({ components }: OpenApiDocument, content: Content): unknown {
  const name = findName(Object.values(content)[0]?.schema);
  return name === undefined ? undefined : components.schemas[name];
}

function findName(schema: unknown): string | undefined {
  return isRecord(schema) && typeof schema["$ref"] === "string" ? schema["$ref"].replace(/^.*\//, "") : undefined;
}

function formatSchema(name: string, schema: unknown): Html {
  const fields = listFields(schema);
  const shown = fields.length > 0 ? formatFields(fields) : html`<pre>${JSON.stringify(schema, null, 2)}</pre>`;
  return html`<details><summary><code>${name}</code></summary><div id="${name}">${shown}</div></details>
`;
}

function formatFields(fields: readonly SchemaField[]): Html {
  return html`<table>${fields.map(({ path, type, isRequired, description }) => html`
<tr><td class="${isRequired ? "required" : ""}"><code>${path}</code></td><td><code>${type}</code></td><td>${formatText(description)}</td></tr>`)}
</table>`;
}

/** Words between backticks are code. */
function formatText(text: string): Html[] {
  return text.split("`").map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}
