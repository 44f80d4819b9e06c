// The JSON schema of `termite.yaml`, for `/openapi.json` and `termite config --schema`.
import { toJsonSchema } from "@valibot/to-json-schema";
import { isRecord } from "../is-record.ts";
import { CONFIG_KEYS } from "./keys.ts";
import type { ConfigKey } from "./keys.ts";
import { FileSchema } from "./schema.ts";

/** JSON schema 2020-12: shapes from the valibot schema, descriptions and defaults from the table of keys. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = toJsonSchema(FileSchema, {
    target: "draft-2020-12",
    typeMode: "input",
    // What these check (an address, a duration) is said in words by the key's description.
    ignoreActions: ["check"],
  });
  for (const row of CONFIG_KEYS) describeKey(schema, row);
  return { ...schema, title: "termite.yaml", description: "The configuration of termite" };
}

function describeKey(schema: object, row: ConfigKey): void {
  const property = findProperty(schema, row.key.split("."));
  if (property === undefined) return;
  property.description = row.defaultText === undefined ? row.description : `${row.description} (${row.defaultText})`;
  if (row.default !== undefined) property.default = row.default;
}

function findProperty(schema: object, path: readonly string[]): Record<string, unknown> | undefined {
  let current: unknown = schema;
  for (const segment of path) {
    if (!isRecord(current)) return undefined;
    current = segment === "<name>" ? current.additionalProperties : findMember(current.properties, segment);
  }
  return isRecord(current) ? current : undefined;
}

function findMember(properties: unknown, name: string): unknown {
  return isRecord(properties) ? properties[name] : undefined;
}
