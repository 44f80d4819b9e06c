// A JSON schema as people read it: one line a field, nested ones by their path. Pure.
import { isRecord } from "../../is-record.ts";

export interface SchemaField {
  /** "inputs", "data[].index". */
  path: string;
  /** "string | string[]". */
  type: string;
  isRequired: boolean;
  description: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** The fields of an object, of a list's elements, and of every alternative; each path once. Follows no reference. */
export function listFields(schema: unknown, prefix = ""): SchemaField[] {
  if (!isRecord(schema)) return [];
  const fields = [
    ...listOptions(schema).flatMap((option) => listFields(option, prefix)),
    ...listFields(schema["items"], `${prefix}[]`),
    ...listProperties(schema, prefix),
  ];
  return [...new Map(fields.map((field) => [field.path, field])).values()];
}

function listProperties(schema: Schema, prefix: string): SchemaField[] {
  const { properties, required } = schema;
  if (!isRecord(properties)) return [];
  return Object.entries(properties).flatMap(([name, value]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const description = isRecord(value) ? formatDescription(value) : "";
    const isRequired = Array.isArray(required) && required.includes(name);
    return [{ path, type: formatType(value), isRequired, description }, ...listFields(value, path)];
  });
}

/** Its own words, and those of its alternatives: what may be null is described inside. */
function formatDescription(schema: Schema): string {
  const described = [schema, ...listOptions(schema)].filter(isRecord).map(({ description }) => description);
  const words = described.filter((text) => typeof text === "string");
  const { default: fallback } = schema;
  return [...words, ...(fallback === undefined ? [] : [`default \`${JSON.stringify(fallback)}\``])].join("; ");
}

/** "string", "(string | integer)[]", "\"left\" | \"right\"", "object". */
export function formatType(schema: unknown): string {
  if (!isRecord(schema)) return "any";
  if (typeof schema["$ref"] === "string") return schema["$ref"].replace(/^.*\//, "");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  const options = listOptions(schema);
  if (options.length > 0) return [...new Set(options.map(formatType))].join(" | ");
  if (Array.isArray(schema["prefixItems"])) return `[${schema["prefixItems"].map(formatType).join(", ")}]`;
  if (schema["type"] === "array") return formatList(formatType(schema["items"]));
  return typeof schema["type"] === "string" ? schema["type"] : "any";
}

function formatList(item: string): string {
  return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
}

function listOptions({ anyOf, oneOf }: Schema): readonly unknown[] {
  if (Array.isArray(anyOf)) return anyOf;
  return Array.isArray(oneOf) ? oneOf : [];
}
