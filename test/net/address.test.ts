import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import { checkAddress, formatAddress, parseAddress } from "../../src/net/address.ts";

describe("checkAddress()", () => {
  const allowed = [
    "https://host/a",
    "http://127.0.0.1:8/a",
    "http://127.9.9.9/a",
    "http://[::1]/a",
    "http://localhost/a",
  ];
  test.each(allowed)("accepts %s", (address) => {
    expect(checkAddress(new URL(address), false)).toBeUndefined();
  });

  const refused = ["http://host/a", "http://127.0.0.1.host/a", "http://localhost.host/a", "ftp://host/a", "file:///a"];
  test.each(refused)("refuses %s", (address) => {
    expect(() => checkAddress(new URL(address), false)).toThrow(TermiteError);
  });

  test("says what is needed when plain http would leave this machine", () => {
    const error = new TermiteError("download_failed", 'Cannot fetch "http://host/a": found "http:", need https');
    expect(() => checkAddress(new URL("http://user:pass@host/a?token=1"), false)).toThrow(error);
  });

  test("refuses loopback too when offline", () => {
    const error = new TermiteError("offline", 'Cannot fetch "http://127.0.0.1/a": termite is offline');
    expect(() => checkAddress(new URL("http://127.0.0.1/a"), true)).toThrow(error);
  });
});

describe("parseAddress()", () => {
  const rows = [
    { text: "https://host/simple/", href: "https://host/simple/", pair: undefined },
    { text: " https://user:pass@host:8/simple/#x ", href: "https://host:8/simple/", pair: "user:pass" },
    { text: "https://us%40er:p%C3%A4ss@host/", href: "https://host/", pair: "us@er:päss" },
    { text: "https://token@host/", href: "https://host/", pair: "token:" },
    { text: "https://user:100%@host/", href: "https://host/", pair: "user:100%" },
  ];
  test.each(rows)("takes $text apart", ({ text, href, pair }) => {
    const address = parseAddress(text);
    expect(address?.url.href).toBe(href);
    const authorization = address?.credentials?.authorization.replace("Basic ", "");
    expect(authorization === undefined ? undefined : Buffer.from(authorization, "base64").toString()).toBe(pair);
    expect(address?.credentials?.origin).toBe(pair === undefined ? undefined : new URL(href).origin);
  });

  test.each(["", "host/simple", "file:///a", "ftp://host/"])("is undefined for %p", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

test("formatAddress() leaves out everything that can be a secret", () => {
  expect(formatAddress(new URL("https://user:pass@host:8/a/b?token=1#c"))).toBe("https://host:8/a/b");
});
