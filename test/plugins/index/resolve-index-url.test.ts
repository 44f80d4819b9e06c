import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { DEFAULT_INDEX_URL, resolveIndexUrl } from "../../../src/plugins/index/resolve-index-url.ts";

const USER = { path: "/home/u/.config/pip/pip.conf", text: "[global]\nindex-url = https://user-conf/simple" };
const SITE = { path: "/etc/pip.conf", text: "[global]\nindex-url = https://site-conf/simple/" };
const PIP = { PIP_INDEX_URL: "https://pip/simple" };
const UV = { UV_DEFAULT_INDEX: "https://uv/simple" };

describe("resolveIndexUrl()", () => {
  test.each([
    ["PIP_INDEX_URL", { ...PIP, ...UV }, [USER, SITE], "https://pip/simple/"],
    ["UV_DEFAULT_INDEX", UV, [USER, SITE], "https://uv/simple/"],
    [USER.path, {}, [USER, SITE], "https://user-conf/simple/"],
    [
      SITE.path,
      { PIP_INDEX_URL: " " },
      [{ path: "/a", text: "[install]\nindex-url = https://no/" }, SITE],
      "https://site-conf/simple/",
    ],
    ["default", {}, [], DEFAULT_INDEX_URL],
  ])("takes %s when it is the first that says something", (origin, env, configs, indexUrl) => {
    expect(resolveIndexUrl(env, configs)).toEqual({ indexUrl: new URL(indexUrl), credentials: undefined, origin });
  });

  test("takes what the configuration says before everything else", () => {
    const configured = { value: "http://127.0.0.1:8080/simple", origin: "--plugins-index-url" };
    expect(resolveIndexUrl(PIP, [USER], configured)).toEqual({
      indexUrl: new URL("http://127.0.0.1:8080/simple/"),
      credentials: undefined,
      origin: "--plugins-index-url",
    });
  });

  test("takes user name and password out of the address, for its own host only", () => {
    const { indexUrl, credentials } = resolveIndexUrl({ PIP_INDEX_URL: "https://me:s3cr%40t@host:8443/x" }, []);
    expect(indexUrl.href).toBe("https://host:8443/x/");
    expect(credentials).toEqual({ origin: "https://host:8443", authorization: `Basic ${btoa("me:s3cr@t")}` });
  });

  test("does not show a setting that it cannot read", () => {
    const expected = new TermiteError(
      "invalid_config",
      'Cannot use the package index of "PIP_INDEX_URL": it is not an https address',
    );
    expect(() => resolveIndexUrl({ PIP_INDEX_URL: "me:s3cret@host/simple" }, [])).toThrow(expected);
  });
});
