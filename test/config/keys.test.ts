import { describe, expect, test } from "bun:test";
import { CONFIG_KEYS, findKey } from "../../src/config/keys.ts";
import { FileSchema, findKeySchema, KEY_SCHEMAS } from "../../src/config/schema.ts";

describe("CONFIG_KEYS", () => {
  test.each(CONFIG_KEYS.filter((row) => row.flag !== undefined).map((row) => [row.key, row] as const))(
    "names the flag and the variable of %s after the key",
    (key, row) => {
      const words = key.replace(/[._]/g, "-");
      expect(row.flag).toBe(key === "plugins.auto_install" ? "auto-install" : words);
      if (row.env !== undefined) expect(row.env).toBe(`TERMITE_${words.replaceAll("-", "_").toUpperCase()}`);
    },
  );

  test("has no key, flag or variable twice", () => {
    for (const field of ["key", "flag", "env"] as const) {
      const names = CONFIG_KEYS.flatMap((row) => row[field] ?? []);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test("has a schema for each obeyed key and for no other", () => {
    const obeyed = CONFIG_KEYS.filter((row) => row.key !== "config" && !row.key.startsWith("models."));
    expect(obeyed.map((row) => row.key).sort()).toEqual(Object.keys(KEY_SCHEMAS).sort());
    expect(findKeySchema("models.<name>.max_batch_tokens")).toBeUndefined();
    expect(findKeySchema("constructor")).toBeUndefined();
  });

  test("nests in the file's schema as its keys say", () => {
    const obeyed = CONFIG_KEYS.filter((row) => row.inFile);
    const tops = new Set(obeyed.map((row) => row.key.split(".")[0] ?? ""));
    expect(Object.keys(FileSchema.entries).sort()).toEqual([...tops].sort());
  });
});

describe("findKey()", () => {
  test("finds by dotted key and nothing by the names of Object's own", () => {
    expect(findKey("limits.inputs")?.env).toBe("TERMITE_LIMITS_INPUTS");
    expect(findKey("constructor")).toBeUndefined();
  });
});
