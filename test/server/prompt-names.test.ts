import { describe, expect, test } from "bun:test";
import { findPromptName } from "../../src/server/prompt-names.ts";

describe("findPromptName()", () => {
  test.each([
    ["query", ["query", "document"], "query"],
    ["document", ["query", "document"], "document"],
    ["document", ["query", "passage"], "passage"],
    ["query", ["search_query", "query"], "search_query"],
    ["document", ["Retrieval-query", "Retrieval-document"], "Retrieval-document"],
    ["clustering", ["Clustering", "Classification"], "Clustering"],
    ["classification", ["Clustering", "Classification"], "Classification"],
    ["clustering", ["separation"], "separation"],
    ["similarity", ["STS"], "STS"],
    ["query", ["document"], undefined],
    ["query", [], undefined],
  ] as const)("finds the prompt for %p among %p", (use, names, expected) => {
    const prompts = Object.fromEntries(names.map((name) => [name, `${name}: `]));
    expect(findPromptName(prompts, use)).toBe(expected);
  });
});
