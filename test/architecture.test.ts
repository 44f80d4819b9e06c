// Holds section 1 of the house style over `src/`: layers, doors, cycles, names, and what may happen at import.
// The checkers are first run over planted violations, so that a checker that went blind fails here too.
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkCycles, checkDoors, checkLayers } from "./architecture/check-imports.ts";
import { checkHosts, checkPackages, checkTree, parseTree } from "./architecture/check-repository.ts";
import { checkSource } from "./architecture/check-source.ts";
import { parseSourceFile } from "./architecture/source-file.ts";

const ROOT = join(import.meta.dir, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const paths = [...new Glob("**/*").scanSync({ cwd: join(ROOT, "src"), dot: true })].sort();
const files = paths.filter((path) => path.endsWith(".ts")).map((path) => parseSourceFile(path, read(`src/${path}`)));

/** A file with a header, so that each planted text has exactly one fault. */
const plant = (path: string, text: string) => parseSourceFile(path, `// What it is for.\n${text}\n`);

/** Tracked or about to be: what git knows and does not ignore. */
function readRepositoryTexts(): Map<string, string> {
  const git = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  if (!git.success) throw new Error(`Cannot list the repository's files: ${git.stderr.toString()}`);
  const names = git.stdout.toString().split("\0").filter((name) => name !== "");
  const present = names.filter((name) => Bun.file(join(ROOT, name)).size > 0);
  return new Map(present.map((name) => [name, read(name)]));
}

describe("src", () => {
  test("has files", () => expect(files.length).toBeGreaterThan(10));
  test("imports only downwards and sideways as the layers allow", () => expect(checkLayers(files)).toEqual([]));
  test("lets each package in by its one door", () => expect(checkDoors(files)).toEqual([]));
  test("has no import cycle", () => expect(checkCycles(files)).toEqual([]));
  test("holds the rules for names, headers, length, exports and effects", () => {
    expect(files.flatMap(checkSource)).toEqual([]);
  });
});

describe("repository", () => {
  const agents = read("AGENTS.md");
  test("AGENTS.md shows the tree as it is", () => expect(checkTree(parseTree(agents, "src"), paths)).toEqual([]));
  test("AGENTS.md says why each package is there", () => {
    const manifest: { dependencies: object; devDependencies: object } = JSON.parse(read("package.json"));
    expect(checkPackages(agents, Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))).toEqual([]);
  });
  test("names a registry host in one constant only", () => {
    expect(checkHosts(readRepositoryTexts(), "src/plugins/index/resolve-index-url.ts")).toEqual([]);
  });
});

describe("checkLayers()", () => {
  test.each([
    ["backends/a.ts", '"backends" may not import "plugins"', 'import { x } from "../plugins/b.ts";'],
    ["ffi/a.ts", '"ffi" may not import "backends"', 'import { x } from "../backends/b.ts";'],
    ["server/a.ts", '"server" may not import "runners"', 'import { x } from "../runners/b.ts";'],
    ["pipelines/a.ts", '"pipelines" may not import "ffi"', 'import { x } from "../ffi/ort/b.ts";'],
    ["plugins/a.ts", '"plugins" may not import "cli", not even a type', 'import type { X } from "../cli/b.ts";'],
    ["net/a.ts", '"net" may not import "config"', 'export { x } from "../config/b.ts";'],
    ["tokenizers/a.ts", '"tokenizers" may not import "net"', 'const x = () => import("../net/b.ts");'],
    ["errors.ts", '"errors.ts" may not import "net"', 'import { x } from "./net/b.ts";'],
    ["cli/a.ts", '"cli" may not import "main.ts"', 'import { x } from "../main.ts";'],
    ["things/a.ts", '"things" has no place in the layers', 'import { x } from "../errors.ts";'],
    ["cli/a.ts", "outside src", 'import { x } from "../../build.ts";'],
    ["cli/a.ts", "without its file extension", 'import { x } from "./b";'],
  ])("reports that in %s: %s", (path, expected, text) => {
    expect(checkLayers([plant(path, text)])).toEqual([expect.stringContaining(expected)]);
  });

  test("accepts what the layers allow when types and values differ", () => {
    const text = 'import type { X } from "../runners/b.ts";\nimport { y } from "../pipelines/c.ts";';
    expect(checkLayers([plant("server/a.ts", text)])).toEqual([]);
  });
});

describe("checkDoors()", () => {
  test.each([
    ["server/a.ts", '"bun:ffi", which may enter only in ffi/', 'import { dlopen } from "bun:ffi";'],
    ["cli/serve.ts", "may enter only in cli/output.ts", 'import { consola } from "consola/core";'],
    ["backends/a.ts", "has no door", 'import * as ort from "onnxruntime-node";'],
    ["config/env.ts", "may enter only in config/load.ts", 'const x = () => import("c12");'],
    ["cli/a.ts", "may enter only in server/", 'import type { Context } from "hono";'],
    ["net/a.ts", "has no door", 'import lodash from "lodash";'],
  ])("reports that in %s: %s", (path, expected, text) => {
    expect(checkDoors([plant(path, text)])).toEqual([expect.stringContaining(expected)]);
  });
});

describe("checkCycles()", () => {
  test("reports a cycle when one of its edges is only a type", () => {
    const one = plant("net/a.ts", 'import { b } from "./b.ts";');
    const two = plant("net/b.ts", 'import type { A } from "./a.ts";');
    expect(checkCycles([one, two])).toEqual(["cycle: net/a.ts -> net/b.ts -> net/a.ts"]);
  });
});

describe("checkSource()", () => {
  test.each([
    ["net/BadName.ts", "kebab-case", "export const x = 1;"],
    ["net/http-utils.ts", '"utils" says nothing', "export const x = 1;"],
    ["net/http2.ts", "digit suffix", "export const x = 1;"],
    ["net/a.ts", "default export", "export default 1;"],
    ["net/a.ts", "reads the environment", 'export const x = () => process.env["A"];'],
    ["cli/a.ts", "ends the process", "export const x = () => process.exit(1);"],
    ["cli/a.ts", "ends the process", "export function x() {\n  process.exitCode = 1;\n}"],
    ["cli/a.ts", "uses console", 'export const x = () => console.log("x");'],
    ["net/a.ts", "an empty catch", "export const x = () => fetch('x').catch(() => {});"],
    ["net/a.ts", "top-level await", 'export const x = await import("./b.ts");'],
    ["ffi/a.ts", "work at import", 'import { dlopen } from "bun:ffi";\nexport const l = dlopen("c", {});'],
    ["net/a.ts", "work at import", 'import * as fs from "node:fs";\nexport const x = fs.readFileSync("x");'],
    ["net/a.ts", "a call at import", "const f = () => 1;\nf();\nexport const x = f;"],
  ])("reports that in %s: %s", (path, expected, text) => {
    expect(checkSource(plant(path, text))[0]).toContain(expected);
  });

  test("reports a file when it is longer than 300 lines", () => {
    expect(checkSource(plant("net/a.ts", "void 0;\n".repeat(301)))).toEqual(["net/a.ts: 304 lines, at most 300"]);
  });

  test("reports a missing header when a file begins with code", () => {
    expect(checkSource(parseSourceFile("net/a.ts", "export const x = 1;"))).toEqual(["net/a.ts: no header comment"]);
  });

  test("accepts a mention in a comment and effects inside functions", () => {
    const text = '// process.env stays outside\nexport const x = async () => { await fetch("x"); };';
    expect(checkSource(plant("net/a.ts", text))).toEqual([]);
  });
});

describe("checkTree()", () => {
  const tree = parseTree("text\n```\nsrc/\n  main.ts   entry\n  cli/      people\n    a.ts    one\n  net/      http\n```\n", "src");

  test("parses an indented tree", () => expect(tree).toEqual(["main.ts", "cli", "cli/a.ts", "net"]));

  test("reports both directions when the tree and the files differ", () => {
    expect(checkTree(tree, ["main.ts", "cli/a.ts", "cli/b.ts", "net/x.ts"])).toEqual([
      "AGENTS.md does not mention src/cli/b.ts (cli)",
    ]);
    expect(checkTree(tree, ["main.ts", "net/x.ts"])).toEqual([
      "AGENTS.md mentions src/cli, which does not exist",
      "AGENTS.md mentions src/cli/a.ts, which does not exist",
    ]);
  });
});

describe("checkHosts()", () => {
  const host = ["files", "pythonhosted", "org"].join(".");

  test("reports a host outside the one file, and a second line inside it", () => {
    const texts = new Map([["README.md", `a\nhttps://${host}/x`], ["one.ts", `"${host}"\n"${host}"`], ["two.ts", "b"]]);
    expect(checkHosts(texts, "one.ts")).toEqual([
      "README.md:2 names a registry host",
      "one.ts names a registry host on 2 lines",
    ]);
  });
});
