import { describe, expect, test } from "bun:test";
import { runCommand } from "citty";
import { createCommand, parseInvocation } from "../../src/cli/command.ts";
import type { CommandSpec, Invocation } from "../../src/cli/command.ts";
import { TermiteError } from "../../src/errors.ts";
import { catchThrown } from "./catch-thrown.ts";

const SPEC: CommandSpec = {
  name: "try",
  summary: "tries it",
  positionals: { name: "text", description: "one or two texts", least: 1, most: 2 },
  flags: {
    json: { type: "boolean", description: "as JSON" },
    model: { type: "string", description: "which model", valueHint: "name" },
    secret: { type: "string", description: "not yet", hidden: true },
  },
  examples: [],
  run: async () => 0,
};
const PLAIN: CommandSpec = { name: "try", summary: SPEC.summary, flags: SPEC.flags, examples: [], run: SPEC.run };

describe("parseInvocation()", () => {
  test.each([
    ["arguments alone", ["a", "b"], {}, ["a", "b"]],
    ["flags around arguments", ["--json", "a", "--model", "m"], { json: true, model: "m" }, ["a"]],
    ["a value after =", ["a", "--model=-m"], { model: "-m" }, ["a"]],
    ["an empty value", ["a", "--model="], { model: "" }, ["a"]],
    ["a negated flag", ["a", "--no-json"], { json: false }, ["a"]],
    ["a negated global flag", ["a", "--no-color"], { color: false }, ["a"]],
    ["global flags", ["a", "--debug", "--quiet"], { debug: true, quiet: true }, ["a"]],
    ["-h", ["a", "-h"], { help: true }, ["a"]],
    ["a hidden flag", ["a", "--secret", "s"], { secret: "s" }, ["a"]],
    ["a flag twice: the last counts", ["a", "--model=x", "--model=y"], { model: "y" }, ["a"]],
    ["what follows --", ["--", "--json", "-"], {}, ["--json", "-"]],
    ["a lone dash", ["-"], {}, ["-"]],
  ])("reads %s", (_, args, flags, positionals) => {
    expect(parseInvocation(SPEC, args)).toEqual({ flags, positionals });
  });

  test("reads a flag by its letter, and names it whole when its value is missing", () => {
    const spec: CommandSpec = { ...PLAIN, flags: { output: { type: "string", description: "where", short: "o" } } };
    expect(parseInvocation(spec, ["-o", "x.tar"])).toEqual({ flags: { output: "x.tar" }, positionals: [] });
    expect(catchThrown(() => parseInvocation(spec, ["-o"]))).toMatchObject({
      message: 'Cannot run "termite try": flag "--output" needs a value',
    });
  });

  test.each([
    [["a", "--jsn"], 'unknown flag "--jsn"', 'Did you mean "--json"?'],
    [["a", "--mode", "m"], 'unknown flag "--mode"', 'Did you mean "--model"?'],
    [["a", "--qiet"], 'unknown flag "--qiet"', 'Did you mean "--quiet"?'],
    [["a", "--far-away=1"], 'unknown flag "--far-away"', "termite try --help"],
    [["a", "--constructor"], 'unknown flag "--constructor"', "termite try --help"],
    [["a", "--no-model"], 'unknown flag "--no-model"', "termite try --help"],
    [["a", "-x"], 'unknown flag "-x"', "termite try --help"],
    [["a", "--json=1"], 'flag "--json" takes no value', "termite try --help"],
    [["a", "--model"], 'flag "--model" needs a value', "termite try --help"],
    [
      ["a", "--model", "--json"],
      'flag "--model" needs a value (write --model=-VALUE for one that begins with a dash)',
      "termite try --help",
    ],
    [["--json"], "missing text", "termite try --help"],
    [["a", "b", "c", "d"], 'unexpected argument "c"', "termite try --help"],
  ])("throws usage when it is given %j", (args, found, hint) => {
    const error = catchThrown(() => parseInvocation(SPEC, args));
    expect(error).toBeInstanceOf(TermiteError);
    expect(error).toMatchObject({ code: "usage", message: `Cannot run "termite try": ${found}`, hint, exitCode: 2 });
  });

  test("throws usage when a command without positionals is given one", () => {
    expect(parseInvocation(PLAIN, [])).toEqual({ flags: {}, positionals: [] });
    expect(catchThrown(() => parseInvocation(PLAIN, ["x"]))).toMatchObject({
      code: "usage", message: 'Cannot run "termite try": unexpected argument "x"', hint: "termite try --help",
    });
  });
});

describe("parseInvocation() with an argument that is one of a few words", () => {
  const spec: CommandSpec = {
    ...PLAIN,
    positionals: { name: "shell", description: "which", least: 1, most: 1, choices: ["bash", "zsh", "fish"] },
    examples: [["termite try bash", "tries bash"]],
  };
  const need = "need one of bash, zsh, fish";

  test("takes each of them", () => expect(parseInvocation(spec, ["zsh"]).positionals).toEqual(["zsh"]));

  test.each<[string[], string, string]>([
    [[], `missing shell, ${need}`, "termite try bash"],
    [["zhs"], `unknown shell "zhs", ${need}`, 'Did you mean "termite try zsh"?'],
    [["powershell"], `unknown shell "powershell", ${need}`, "termite try bash"],
    [["bash", "zsh"], 'unexpected argument "zsh"', "termite try --help"],
  ])("throws usage when it is given %j", (args, found, hint) => {
    expect(catchThrown(() => parseInvocation(spec, args))).toMatchObject({
      code: "usage", message: `Cannot run "termite try": ${found}`, hint,
    });
  });
});

describe("createCommand()", () => {
  test("hands the parsed invocation to run() and its exit code back", async () => {
    const seen: Invocation[] = [];
    const run = async (invocation: Invocation) => seen.push(invocation) + 6;
    const { result } = await runCommand(createCommand({ ...SPEC, run }), { rawArgs: ["a", "--no-json", "--model", "m"] });
    expect(result).toBe(7);
    expect(seen).toEqual([{ flags: { json: false, model: "m" }, positionals: ["a"] }]);
  });

  test("carries its spec", () => expect(createCommand(SPEC).spec).toBe(SPEC));
});
