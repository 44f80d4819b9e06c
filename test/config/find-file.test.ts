import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { findConfigFile } from "../../src/config/find-file.ts";
import { useTempFolders } from "./temp-folder.ts";

const createFolder = useTempFolders();

function find(cwd: string, home: string, named?: string) {
  return findConfigFile({ named, cwd, home, userHome: "/home/ann" });
}

describe("findConfigFile()", () => {
  test.each(["termite.yaml", "termite.yml"])("finds %s here before the one in the home", async (name) => {
    const cwd = createFolder({ [name]: "" });
    const home = createFolder({ "termite.yaml": "" });
    const source = { path: join(cwd, name), shown: name, baseDir: cwd };
    expect(await find(cwd, home)).toEqual({ kind: "file", source });
  });

  test.each(["termite.yaml", "termite.yml"])("finds %s in the home when there is none here", async (name) => {
    const home = createFolder({ [name]: "" });
    const path = join(home, name);
    expect(await find(createFolder(), home)).toEqual({ kind: "file", source: { path, shown: path, baseDir: home } });
  });

  test("finds none when there is none, nor folders", async () => {
    expect(await find(createFolder(), "/nonexistent/home")).toEqual({ kind: "none" });
  });

  test("refuses to choose when both spellings are there", async () => {
    const cwd = createFolder({ "termite.yaml": "", "termite.yml": "" });
    const message = 'found "termite.yml" beside it, expected only one of them';
    expect(await find(cwd, cwd)).toEqual({ kind: "problem", problem: { where: "termite.yaml", message } });
  });

  test("takes the named file whether it is there or not", async () => {
    const found = await find("/srv", "/home", "conf/../a.yml");
    expect(found).toEqual({ kind: "file", source: { path: "/srv/a.yml", shown: "conf/../a.yml", baseDir: "/srv" } });
  });

  test("expands ~/ in the name", async () => {
    const found = await find("/srv", "/home", "~/a.yaml");
    const source = { path: "/home/ann/a.yaml", shown: "~/a.yaml", baseDir: "/home/ann" };
    expect(found).toEqual({ kind: "file", source });
  });

  test.each([
    ["a.json", "a.json", 'the suffix ".json"'],
    ["a.yaml.ts", "a.yaml.ts", 'the suffix ".ts"'],
    ["a.YAML", "a.YAML", 'the suffix ".YAML"'],
    ["dir/termite", "dir/termite", "no suffix"],
    [".yaml", ".yaml", "no suffix"],
    ["", "--config", "no suffix"],
  ])("refuses the name %p", async (named, where, found) => {
    const problem = { where, found, expected: '".yaml" or ".yml"' };
    expect(await find("/srv", "/home", named)).toEqual({ kind: "problem", problem });
  });
});
