import { describe, expect, test } from "bun:test";
import { parseDocuments } from "../../src/server/documents.ts";
import { catchThrown } from "../cli/catch-thrown.ts";

const options = { param: "documents", limitBytes: 10 };

describe("parseDocuments()", () => {
  test("takes a field that is named twice once", () => {
    expect(parseDocuments([{ a: "x", b: "y" }], { ...options, fields: ["a", "b", "a", "c"] })).toEqual(["x\ny"]);
  });

  test("refuses fields that are too large together", () => {
    expect(catchThrown(() => parseDocuments(["x", { a: "x".repeat(6), b: "y".repeat(6) }], { ...options, fields: ["a", "b"] })))
      .toMatchObject({ code: "text_too_large", message: "Cannot rerank documents[1]: found 13 bytes of text, the limit is 10" });
  });

  test("stops joining at the limit", () => {
    const fields = Array.from({ length: 500 }, (_, index) => `f${index}`);
    const document = Object.fromEntries(fields.map((field) => [field, "x".repeat(2 ** 20)]));
    const message = "Cannot rerank documents[0]: found 1048576 bytes of text, the limit is 10";
    expect(catchThrown(() => parseDocuments([document], { ...options, fields }))).toMatchObject({ message });
  });
});
