import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNetrcCredentials, readNetrc } from "../../../src/plugins/index/netrc.ts";
import { catchError } from "../../config/catch-error.ts";

const folder = mkdtempSync(join(tmpdir(), "termite-netrc-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const basic = (pair: string) => ({ origin: "https://index.example:8443", authorization: `Basic ${Buffer.from(pair).toString("base64")}` });

describe("findNetrcCredentials()", () => {
  test.each([
    ["one line", "machine index.example login me password secret", "me:secret"],
    ["many lines", "machine other.example\n  login a\n  password b\nmachine index.example\n\tlogin me\n\tpassword secret\n", "me:secret"],
    ["a default", "machine other.example login a password b\ndefault login any password one", "any:one"],
    ["a machine before the default", "default login any password one\nmachine index.example login me password secret", "me:secret"],
    ["quotes", 'machine index.example login "m e" password "se\\"cret"', 'm e:se"cret'],
    ["comments and an account", "# mine\nmachine index.example login me account x password #1 # secret", "me:#1"],
    ["a macro", "macdef init\ncd /pub\nmachine index.example login no password no\n\nmachine index.example login me password secret", "me:secret"],
  ])("reads %s", (_, text, pair) => {
    expect(findNetrcCredentials(text, new URL("https://index.example:8443/simple/"))).toEqual(basic(pair));
  });

  test.each([
    ["another host", "machine other.example login a password b"],
    ["no password", "machine index.example login me"],
    ["a host that only ends like it", "machine example login a password b"],
    ["nothing", ""],
  ])("gives nothing for %s", (_, text) => {
    expect(findNetrcCredentials(text, new URL("https://index.example/simple/"))).toBeUndefined();
  });
});

describe("readNetrc()", () => {
  test("reads the file that NETRC names, else the one in the home, else nothing", async () => {
    writeFileSync(join(folder, ".netrc"), "home");
    writeFileSync(join(folder, "other"), "named");
    expect(await readNetrc({ HOME: folder })).toBe("home");
    expect(await readNetrc({ HOME: folder, NETRC: join(folder, "other") })).toBe("named");
    expect(await readNetrc({ HOME: join(folder, "none") })).toBeUndefined();
    expect(await readNetrc({})).toBeUndefined();
  });

  test("throws invalid_config when it cannot be opened", async () => {
    const path = join(folder, "folder");
    mkdirSync(path);
    expect(await catchError(readNetrc({ NETRC: path }))).toMatchObject({
      code: "invalid_config", message: `Cannot read the netrc file "${path}": it cannot be opened`,
    });
  });
});
