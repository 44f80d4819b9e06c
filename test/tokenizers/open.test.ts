import { describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenizers } from "../../src/tokenizers/open.ts";
import { ADDON_PATH, CHECK_COMMAND, ID, TOKENIZER, writeTokenizer } from "./tokenizer-file.ts";
import { rejection } from "../fixtures/test-runner.ts";

const environment = { PATH: process.env["PATH"] ?? "" };
const repairAddon = async () => false;
const create = (checkCommand: readonly string[] = CHECK_COMMAND) =>
  createTokenizers({ addonPath: async () => ADDON_PATH, repairAddon, checkCommand, environment });
const refusal = (problem: string) => ({
  code: "model_load_failed",
  message: `Cannot load model "m": found a "tokenizer.json" that cannot be used (${problem})`,
});

describe("createTokenizers() open", () => {
  test("opens a file that passes the check", async () => {
    const tokenizer = await create().open({ file: writeTokenizer(), name: "m", trusted: false });
    const [encoded] = await tokenizer.encode(["hello"], 512);
    expect([...(encoded?.ids ?? [])]).toEqual([2, ID["hello"] ?? -1, 3]);
  });

  const template = { ...TOKENIZER, post_processor: { ...TOKENIZER.post_processor, special_tokens: {} } };
  const pairTemplate = { ...TOKENIZER, post_processor: { ...TOKENIZER.post_processor, pair: [{ SpecialToken: { id: "[EOS]", type_id: 0 } }] } };
  const strip = { type: "Strip", content: "a", start: 0, stop: 5 };
  const decoder = { ...TOKENIZER, decoder: strip };
  const joining = { ...TOKENIZER, decoder: { type: "Sequence", decoders: [{ type: "Fuse" }, strip] } };
  const precompiled = { ...TOKENIZER, normalizer: { type: "Precompiled", precompiled_charsmap: "/////w==" } };
  const backtracking = { ...TOKENIZER, pre_tokenizer: { type: "Split", pattern: { Regex: "(a+)+$b" }, behavior: "Isolated", invert: false } };
  test.each([
    ["is no tokenizer", "{}", "Model missing. at line 1 column 2"],
    ["is no JSON", "[", "invalid type: sequence, expected struct Tokenizer at line 1 column 1"],
    ["has no unknown token", { ...TOKENIZER, model: { ...TOKENIZER.model, unk_token: "[NONE]" } }, "WordPiece error: Missing [UNK] token from the vocabulary"],
    ["names a special token that it lacks", template, "it ends the tokenizer library (SIGABRT)"],
    ["names a special token that it lacks for pairs", pairTemplate, "it ends the tokenizer library (SIGABRT)"],
    ["has a decoder that runs over a token's end", decoder, "it ends the tokenizer library (SIGABRT)"],
    ["has a decoder that runs over an empty text", joining, "it ends the tokenizer library (SIGABRT)"],
    ["has a broken character map", precompiled, "it ends the tokenizer library (SIGABRT)"],
    ["has a regular expression that explodes", backtracking, "it ends the tokenizer library (SIGABRT)"],
  ])("refuses a file that %s, and lives", async (_, content, problem) => {
    const tokenizers = create();
    expect(await rejection(tokenizers.open({ file: writeTokenizer(content), name: "m", trusted: false }))).toMatchObject(refusal(problem));
    expect(await tokenizers.open({ file: writeTokenizer(), name: "m", trusted: false })).toBeDefined();
  });

  test("refuses a folder, a missing file and one that is too large", async () => {
    const folder = mkdtempSync(join(tmpdir(), "termite-test-"));
    const large = writeTokenizer();
    truncateSync(large, 128 * 1024 * 1024 + 1);
    const open = (file: string) => create().open({ file, name: "m", trusted: false });
    expect(await rejection(open(folder))).toMatchObject(refusal("it is no file"));
    expect(await rejection(open(join(folder, "none")))).toMatchObject(refusal("it cannot be read"));
    expect(await rejection(open(large))).toMatchObject(refusal("it has 134217729 bytes, need 134217728 or fewer"));
  });

  test("checks a file once, again when it has changed, and never when it is trusted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "termite-test-"));
    const counter = join(folder, "count");
    const command = join(folder, "check");
    writeFileSync(counter, "");
    writeFileSync(command, `#!/bin/sh\necho checked >> ${counter}\n`);
    chmodSync(command, 0o755);
    const tokenizers = create([command]);
    const count = () => readFileSync(counter, "utf8").split("\n").length - 1;
    const file = writeTokenizer();
    for (const trusted of [true, false, false]) await tokenizers.open({ file, name: "m", trusted });
    expect(count()).toBe(1);
    appendFileSync(file, " ");
    await tokenizers.open({ file, name: "m", trusted: false });
    expect(count()).toBe(2);
  });

  test("refuses a file that is replaced while it is checked", async () => {
    const file = writeTokenizer();
    const tokenizers = create(["sh", "-c", 'printf " " >> "$2"', "sh"]);
    expect(await rejection(tokenizers.open({ file, name: "m", trusted: false }))).toMatchObject(refusal("it changed while it was checked"));
  });

  test("says that the library cannot be loaded when it is another file", async () => {
    const addonPath = async () => import.meta.path;
    const tokenizers = createTokenizers({ addonPath, repairAddon, checkCommand: CHECK_COMMAND, environment });
    expect(await rejection(tokenizers.open({ file: writeTokenizer(), name: "m", trusted: true }))).toMatchObject({
      code: "native",
      message: "Cannot load the tokenizer library: found a file that is damaged or not for this machine",
    });
  });

  test.each([true, false])("loads a damaged library again once it was repaired, for a file with trusted: %p", async (trusted) => {
    const addon = join(mkdtempSync(join(tmpdir(), "termite-")), "addon.node");
    writeFileSync(addon, "damaged");
    const repair = async () => {
      writeFileSync(addon, readFileSync(ADDON_PATH));
      return true;
    };
    const addonPath = async () => addon;
    const tokenizers = createTokenizers({ addonPath, repairAddon: repair, checkCommand: CHECK_COMMAND, environment });
    expect(await tokenizers.open({ file: writeTokenizer(), name: "m", trusted })).toBeDefined();
  });
});
