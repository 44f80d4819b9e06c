import { describe, expect, test } from "bun:test";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { CONFIG_KEYS } from "../../src/config/keys.ts";
import { isRecord } from "../../src/is-record.ts";

const schema = configJsonSchema();

function find(key: string): unknown {
  let current: unknown = schema;
  for (const part of key.split(".")) {
    if (!isRecord(current)) return undefined;
    current = part === "<name>" ? current.additionalProperties : isRecord(current.properties) && current.properties[part];
  }
  return current;
}

describe("configJsonSchema()", () => {
  test("is a strict object of JSON schema 2020-12", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.type).toBe("object");
    expect(schema.additionalProperties).toBe(false);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  test.each<[string, Record<string, unknown>]>([
    [
      "plugins_dir",
      { type: "string", minLength: 1, description: "The folder of the plugins", default: "~/.termite/plugins" },
    ],
    [
      "plugins.auto_install",
      {
        anyOf: [
          { type: "boolean" },
          { type: "array", items: { enum: ["onnx:cuda", "xla:cuda", "xla:tpu"], type: "string" }, minItems: 1 },
        ],
        description:
          "Install the plugin of the first target that this hardware can run, before serving; or those of a list",
        default: true,
      },
    ],
    [
      "plugins.index_url",
      {
        type: "string",
        description:
          "The package index that plugins come from, its address ending in /simple/; or a folder of wheels, " +
          "file://… (what pip or uv is set to, else the public index)",
      },
    ],
    [
      "keep_alive",
      {
        anyOf: [{ type: "string" }, { type: "number" }],
        description: "How long a model stays loaded after its last request; 0 or a negative number: for ever",
        default: "5m",
      },
    ],
    [
      "aliases",
      {
        type: "object",
        propertyNames: { type: "string" },
        additionalProperties: { type: "string", pattern: "^[^\\s/]\\S*$" },
        description: "Other names of models, each with the model that it stands for; answers name that model (none)",
      },
    ],
    [
      "models.<name>.task",
      {
        type: "string",
        enum: ["embed", "rerank", "classify", "recognize", "sparse"],
        description: "What the model is for, instead of what its own files say",
      },
    ],
    [
      "cors.origins",
      {
        type: "array",
        items: { type: "string" },
        description: "Origins of web pages that may ask, such as https://app.example; * for all, which needs api_keys",
        default: [],
      },
    ],
    [
      "limits.inputs",
      { type: "integer", minimum: 1, maximum: 1_000_000, description: "Most texts in one request", default: 2048 },
    ],
    [
      "request_timeout",
      { type: "string", description: "How long a request may take, and how long a drain waits", default: "60s" },
    ],
  ])("has %s with its description and default", (key, expected) => {
    expect(find(key)).toEqual(expected);
  });

  test("has both forms of default_model and of an entry of api_keys", () => {
    const name = { type: "string", pattern: "^[^\\s/]\\S*$" };
    const byTask = Object.fromEntries(["embed", "rerank", "classify", "recognize", "sparse"].map((task) => [task, name]));
    const map = { type: "object", properties: byTask, required: [], additionalProperties: false };
    expect(find("default_model")).toMatchObject({ anyOf: [name, map], default: "all-minilm-l6-v2:int8" });
    expect(find("api_keys")).toMatchObject({
      type: "array",
      minItems: 1,
      items: { anyOf: [{ type: "string" }, { type: "object", required: ["name"], additionalProperties: false }] },
    });
  });

  test("describes each obeyed key of the file and has no other", () => {
    for (const row of CONFIG_KEYS) {
      const property = find(row.key);
      if (row.inFile) expect(property).toHaveProperty("description");
      else expect(property || undefined).toBeUndefined();
    }
  });

  test("is a new object at each call", () => {
    expect(configJsonSchema()).not.toBe(schema);
    expect(configJsonSchema()).toEqual(schema);
  });
});
