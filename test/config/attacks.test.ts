// Nothing that a configuration file says, and nothing that lies beside it, is executed, fetched or obeyed.
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, readYamlData } from "../../src/config/load.ts";
import type { Config } from "../../src/config/config.ts";
import { catchError } from "./catch-error.ts";
import { useTempFolders } from "./temp-folder.ts";

const createFolder = useTempFolders();
const fetchSpy = spyOn(globalThis, "fetch");
afterEach(() => expect(fetchSpy).not.toHaveBeenCalled());

/** A module that leaves a file behind when it is executed. */
function trap(folder: string): string {
  const mark = JSON.stringify(join(folder, "executed"));
  return `require("node:fs").writeFileSync(${mark}, ""); export default { preload: ["evil"] };`;
}

interface Outcome {
  config?: Config;
  problem?: string;
}

async function load(cwd: string, named?: string): Promise<Outcome> {
  const flags = named === undefined ? {} : { config: named };
  try {
    return { config: (await loadConfig({ flags, env: { HOME: cwd }, cwd, isTerminal: false })).config };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    return { problem: message.replace("Cannot use the configuration: 1 problem\n", "") };
  }
}

async function createTraps(names: readonly string[], files: Record<string, string> = {}): Promise<string> {
  const folder = createFolder(files);
  for (const name of names) await Bun.write(join(folder, name), trap(folder));
  return folder;
}

describe("the trap", () => {
  test("does go off when it is executed, so that its silence means something", async () => {
    const folder = await createTraps(["a.ts"]);
    await import(join(folder, "a.ts"));
    expect(existsSync(join(folder, "executed"))).toBe(true);
  });
});

describe("loadConfig() executes nothing and obeys nothing but the YAML file", () => {
  const code = ["termite.config.ts", "termite.config.js", "termite.ts", "termite.yaml.ts", "termite.yaml.js"];
  const more = ["config.ts", ".config/termite.ts", ".config/termite.yaml.ts", "termite.yaml/index.ts"];

  test("when code lies where a YAML file could be", async () => {
    const folder = await createTraps([...code, ...more]);
    expect((await load(folder)).problem).toBe("termite.yaml: is a folder, expected a file");
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test("when code lies beside an absent file", async () => {
    const folder = await createTraps(code);
    expect((await load(folder)).config?.preload).toEqual([]);
    expect((await load(folder, "termite.yaml")).problem).toBe("termite.yaml: no such file");
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test("when code lies beside a present file", async () => {
    const folder = await createTraps(code, { "termite.yaml": "preload: [good]" });
    expect((await load(folder)).config?.preload).toEqual(["good"]);
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test("when the file is code by its name", async () => {
    const folder = await createTraps(code);
    const problem = 'termite.config.ts: found the suffix ".ts", expected ".yaml" or ".yml"';
    expect((await load(folder, "termite.config.ts")).problem).toBe(problem);
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test("when the file is a link to code", async () => {
    const folder = await createTraps(["evil.ts"]);
    symlinkSync(join(folder, "evil.ts"), join(folder, "termite.yaml"));
    expect((await load(folder)).problem).toBe('termite.yaml: is a link to a file that is not ".yaml" or ".yml"');
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test.each([
    ["extends: ./evil.ts", "termite.yaml: extends: unknown key"],
    ["extends: [./evil.ts]", "termite.yaml: extends: unknown key"],
    ["extends: github:x/y", "termite.yaml: extends: unknown key"],
    ["extends: https://127.0.0.1:1/x.tar.gz", "termite.yaml: extends: unknown key"],
    ["theme: ./evil.ts", "termite.yaml: theme: unknown key"],
    [
      "preload: !!js/function 'function () { evil() }'",
      "termite.yaml:1:10: unknown scalar tag !<tag:yaml.org,2002:js/function>",
    ],
    ["preload: [&a x, *a]", "termite.yaml:1:18: aliases are not allowed"],
  ])("when the file says %p", async (text, problem) => {
    const folder = await createTraps(["evil.ts"], { "termite.yaml": text });
    expect((await load(folder)).problem).toBe(problem);
    expect(existsSync(join(folder, "executed"))).toBe(false);
  });

  test.each(["$env", "$development", "$production", "$test", "$meta"])("when the file has the key %s", async (key) => {
    const text = `preload: [good]\n${key}: {preload: [evil], development: {preload: [evil]}}\n`;
    const folder = createFolder({ "termite.yaml": text });
    expect((await load(folder)).problem).toBe(
      `termite.yaml: ${key}: keys that start with "$" and the key "<<" are not allowed`,
    );
  });

  test("when .env, rc files and package.json say something else", async () => {
    const folder = createFolder({
      ".env": "TERMITE_PRELOAD=evil\nTERMITE_ATTACK=1\n",
      ".termiterc": 'preload = ["evil"]\n',
      ".configrc": 'preload = ["evil"]\n',
      "package.json": '{"termite": {"preload": ["evil"]}, "config": {"preload": ["evil"]}}',
      "termite.yaml": "limits: {inputs: 3}",
    });
    const { config } = await load(folder);
    expect([config?.preload, config?.limits.inputs]).toEqual([[], 3]);
    expect(process.env.TERMITE_ATTACK).toBeUndefined();
  });

  test("when a bomb of aliases is hidden in the file", async () => {
    const levels = Array.from({ length: 30 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`);
    const folder = createFolder({ "termite.yaml": ["l0: &l0 [x]", ...levels].join("\n") });
    expect((await load(folder)).problem).toBe("termite.yaml:2:11: aliases are not allowed");
  });
});

describe("readYamlData()", () => {
  test.each(["termite.yaml.ts", "termite.yaml/index.ts", ".config/termite.yaml", "termite.yaml.js"])(
    "refuses to execute %s when the file has vanished since it was checked",
    async (name) => {
      const folder = await createTraps([name]);
      await catchError(readYamlData(join(folder, "termite.yaml")));
      expect(existsSync(join(folder, "executed"))).toBe(false);
    },
  );

  test("says why when it refuses to execute", async () => {
    const folder = await createTraps(["termite.yaml.ts"]);
    const message = "is not plain YAML: a configuration is never executed";
    const error = await catchError(readYamlData(join(folder, "termite.yaml")));
    expect(error.message).toContain(message);
  });

  test("fails when the file has vanished and nothing lies beside it", async () => {
    const file = join(createFolder(), "termite.yaml");
    const error = await catchError(readYamlData(file));
    expect(error.message).toContain(`Required config (${file}) cannot be resolved.`);
  });

  test("keeps lists and nulls as the file has them", async () => {
    const folder = createFolder({ "termite.yaml": "a: [1, 2]\nb: null\nextends: ./x.ts\n" });
    expect(await readYamlData(join(folder, "termite.yaml"))).toEqual({ a: [1, 2], b: null, extends: "./x.ts" });
  });
});
