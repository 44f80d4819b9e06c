import { describe, expect, test } from "bun:test";
import { createApiKeyFinder, parseBearer } from "../../../src/server/security/api-key.ts";
import { createKey } from "./keys.ts";

describe("parseBearer()", () => {
  test.each<[string | undefined, string | undefined]>([
    ["Bearer abc", "abc"],
    ["bearer   abc  ", "abc"],
    ["BEARER a.b-c_d/e+f==", "a.b-c_d/e+f=="],
    ["Bearer", undefined],
    ["Bearer ", undefined],
    ["Bearer a b", undefined],
    ["Basic YTpi", undefined],
    ["abc", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("reads %p as %p", (header, key) => {
    expect(parseBearer(header)).toBe(key);
  });
});

describe("createApiKeyFinder()", () => {
  const find = createApiKeyFinder(["first", "second", "clé"].map((key) => createKey(key)));

  test("finds a key wherever it stands", () => {
    expect(find("first")?.name).toBe("first");
    expect(find("second")?.name).toBe("second");
  });

  test("hashes the bytes that were sent", () => {
    // How a header of the UTF-8 bytes of "clé" arrives.
    expect(find("cl\u00c3\u00a9")?.name).toBe("clé");
  });

  test.each(["", "First", "first ", "firs", createKey("first").sha256])("finds nothing for %p", (presented) => {
    expect(find(presented)).toBeUndefined();
  });
});
