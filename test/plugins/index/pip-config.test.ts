import { describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPipIndexUrl, readPipConfigs, resolvePipConfigPaths } from "../../../src/plugins/index/pip-config.ts";
import { catchError } from "../../net/serve-loopback.ts";

describe("findPipIndexUrl()", () => {
  test.each([
    ["[global]\nindex-url = https://a/", "https://a/"],
    ["[global]\r\nindex_url: https://a/ \r\n", "https://a/"],
    ["[install]\nindex-url = https://b/\n[global]\ntimeout = 3\nindex-url=https://a/", "https://a/"],
    ["[global]\n# index-url = https://a/\n; index-url = https://a/", undefined],
    ["[global]\nextra-index-url = https://a/", undefined],
    ["[global]\nindex-url =\n", undefined],
    ["index-url = https://a/", undefined],
    ["", undefined],
  ])("reads %p", (text, expected) => {
    expect(findPipIndexUrl(text)).toBe(expected as string);
  });
});

describe("resolvePipConfigPaths()", () => {
  test.each([
    [{}, ["/etc/pip.conf"]],
    [{ HOME: "/h" }, ["/h/.config/pip/pip.conf", "/h/.pip/pip.conf", "/etc/pip.conf"]],
    [
      { HOME: "/h", XDG_CONFIG_HOME: "/x", VIRTUAL_ENV: "/v", PIP_CONFIG_FILE: "/p" },
      ["/p", "/v/pip.conf", "/x/pip/pip.conf", "/h/.pip/pip.conf", "/etc/pip.conf"],
    ],
    [{ HOME: "/h", PIP_CONFIG_FILE: "/dev/null" }, []],
  ])("orders the files for %p", (env, expected) => {
    expect(resolvePipConfigPaths(env)).toEqual(expected);
  });
});

describe("readPipConfigs()", () => {
  test("reads those that exist and complains about one that cannot be read", async () => {
    const home = await mkdtemp(join(tmpdir(), "termite-pip-"));
    const path = join(home, ".config", "pip", "pip.conf");
    await mkdir(join(home, ".config", "pip"), { recursive: true });
    await writeFile(path, "[global]\n");
    expect((await readPipConfigs({ HOME: home }))[0]).toEqual({ path, text: "[global]\n" });
    expect(await catchError(readPipConfigs({ HOME: home, PIP_CONFIG_FILE: home }))).toMatchObject({
      code: "invalid_config",
      message: `Cannot read the pip configuration "${home}": it cannot be opened`,
    });
    await rm(home, { recursive: true });
  });
});
