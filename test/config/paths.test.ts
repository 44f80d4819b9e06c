import { describe, expect, test } from "bun:test";
import { homedir } from "node:os";
import { resolvePath, resolveUserHome } from "../../src/config/paths.ts";

describe("resolvePath()", () => {
  test.each([
    ["models", "/srv/base/models"],
    ["./models/", "/srv/base/models"],
    ["../models", "/srv/models"],
    ["/data", "/data"],
    ["~", "/home/ann"],
    ["~/models", "/home/ann/models"],
    ["a/~/b", "/srv/base/a/~/b"],
  ])("makes of %p %p", (path, expected) => {
    expect(resolvePath(path, "/srv/base", "/home/ann")).toBe(expected);
  });
});

describe("resolveUserHome()", () => {
  test("takes HOME, and the user database when there is none", () => {
    expect(resolveUserHome({ HOME: "/home/ann" })).toBe("/home/ann");
    expect(resolveUserHome({ HOME: "" })).toBe(homedir());
    expect(resolveUserHome({})).toBe(homedir());
  });
});
