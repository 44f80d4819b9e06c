import { describe, expect, test } from "bun:test";
import { formatType, listFields } from "../../../src/server/docs/schema-fields.ts";

describe("formatType()", () => {
  test.each<[unknown, string]>([
    [{ type: "string" }, "string"],
    [{ const: "list" }, '"list"'],
    [{ enum: ["left", 2, null] }, '"left" | 2 | null'],
    [{ type: "array", items: { type: "integer" } }, "integer[]"],
    [{ type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] } }, "(string | integer)[]"],
    [{ oneOf: [{ type: "string" }, { type: "string", minLength: 1 }, { type: "null" }] }, "string | null"],
    [{ type: "array", prefixItems: [{ type: "string" }, { type: "number" }] }, "[string, number]"],
    [{ $ref: "#/components/schemas/Config/$defs/name" }, "name"],
    [{ type: "object", properties: {} }, "object"],
    [{}, "any"],
    [true, "any"],
  ])("reads %j as %p", (schema, type) => {
    expect(formatType(schema)).toBe(type);
  });
});

describe("listFields()", () => {
  test("lists nested fields by their path, with what is said of them", () => {
    const item = { type: "object", properties: { index: { type: "integer", description: "Place" } }, required: ["index"] };
    const schema = {
      type: "object",
      properties: {
        data: { type: "array", items: item },
        limit: { anyOf: [{ type: "integer", description: "At most" }, { type: "null" }], default: 5 },
      },
      required: ["data"],
    };
    expect(listFields(schema)).toEqual([
      { path: "data", type: "object[]", isRequired: true, description: "" },
      { path: "data[].index", type: "integer", isRequired: true, description: "Place" },
      { path: "limit", type: "integer | null", isRequired: false, description: "At most; default `5`" },
    ]);
  });

  test("lists the fields of every alternative, each path once", () => {
    const options = ["a", "b"].map((name) => ({ properties: { [name]: { type: "string" }, both: { type: "string" } } }));
    expect(listFields({ anyOf: options }).map(({ path }) => path)).toEqual(["a", "both", "b"]);
  });

  test.each([undefined, true, { type: "string" }, { $ref: "#/x" }])("lists nothing of %j", (schema) => {
    expect(listFields(schema)).toEqual([]);
  });
});
