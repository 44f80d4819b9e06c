import { describe, expect, test } from "bun:test";
import { createPathReader, formatPattern } from "../../src/server/read-path.ts";

const read = createPathReader([{ path: "/" }, { path: "/v1/models/{id}" }, { path: "/m/{model}/embed" }, { path: "/m/{model}" }]);

describe("createPathReader()", () => {
  test.each([
    ["http://127.0.0.1:11433/readyz?x=/m/a/b/embed", "/readyz"],
    ["http:///healthz", "/healthz"],
    ["/healthz#x", "/healthz"],
    ["http://h", "/"],
    ["http://h/v1/models/a/b", "/v1/models/a/b"],
    ["http://h/m/a/embed", "/m/a/embed"],
    ["http://h/m/a/b/c/embed", "/m/a%2Fb%2Fc/embed"],
    ["http://h/m/a%2Fb/embed", "/m/a%2Fb/embed"],
    ["http://h/m/a/b", "/m/a/b"],
    ["http://h/m//embed", "/m//embed"],
  ])("reads %s as %s", (url, path) => expect(read({ url })).toBe(path));
});

describe("formatPattern()", () => {
  test.each([
    ["/healthz", "/healthz"],
    ["/v1/models/{id}", "/v1/models/:id{.+}"],
    ["/m/{model}/embed", "/m/:model/embed"],
  ])("of %s is %s", (path, pattern) => expect(formatPattern(path)).toBe(pattern));
});
