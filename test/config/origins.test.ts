import { describe, expect, test } from "bun:test";
import { isOrigin, isOriginList } from "../../src/config/origins.ts";

describe("isOrigin()", () => {
  test.each(["*", "https://app.example", "http://localhost:3000", "http://[::1]:8080", "vscode-webview://abc", "tauri://localhost"])(
    "accepts %s",
    (text) => expect(isOrigin(text)).toBe(true),
  );
  test.each([
    "", "null", "app.example", "https://", "https://app.example/", "https://app.example:443", "https://App.example",
    "https://*.example", "https://me@app.example", "https://app.example?x", "https://a b", "javascript:alert(1)",
  ])("refuses %p", (text) => expect(isOrigin(text)).toBe(false));
});

test("isOriginList() wants a star alone", () => {
  expect([[], ["*"], ["https://a", "https://b"], ["https://a", "*"]].map(isOriginList)).toEqual([true, true, true, false]);
});
