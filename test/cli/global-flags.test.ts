import { describe, expect, test } from "bun:test";
import { splitGlobalFlags } from "../../src/cli/global-flags.ts";
import { catchThrown } from "./catch-thrown.ts";

describe("splitGlobalFlags()", () => {
  test.each([
    ["nothing", [], [], []],
    ["no flag", ["embed", "a", "b"], [], ["embed", "a", "b"]],
    ["a boolean flag", ["--debug", "serve"], ["--debug"], ["serve"]],
    ["a negated flag", ["--no-color", "serve"], ["--no-color"], ["serve"]],
    ["a configuration flag and its value", ["--home", "/data", "serve"], ["--home", "/data"], ["serve"]],
    ["a value after =", ["--home=/data", "serve"], ["--home=/data"], ["serve"]],
    ["an empty value after =", ["--home=", "serve"], ["--home="], ["serve"]],
    ["a value that looks like a command", ["--config", "serve", "models"], ["--config", "serve"], ["models"]],
    ["a configuration flag without a value", ["--offline", "serve"], ["--offline"], ["serve"]],
    ["several", ["--quiet", "--log-level", "debug", "serve", "--home", "/x"], ["--quiet", "--log-level", "debug"], ["serve", "--home", "/x"]],
    ["flags only", ["--quiet"], ["--quiet"], []],
    ["an unknown flag", ["--nothing", "serve"], ["--nothing"], ["serve"]],
    ["names of Object's prototype", ["--constructor", "--__proto__", "serve"], ["--constructor", "--__proto__"], ["serve"]],
    ["-h spelled out", ["-h", "serve"], ["--help"], ["serve"]],
    ["-v spelled out", ["-v"], ["--version"], []],
    ["-V spelled out", ["-V"], ["--version"], []],
    ["--version", ["--version", "serve"], ["--version"], ["serve"]],
    ["-h after the command, left alone", ["serve", "-h"], [], ["serve", "-h"]],
    ["a lone dash, which is a word", ["-", "x"], [], ["-", "x"]],
  ])("splits %s", (_, argv, globals, words) => {
    expect(splitGlobalFlags(argv)).toEqual({ globals, words });
  });

  test("does not take the command for a value when a flag with a value is negated", () => {
    expect(splitGlobalFlags(["--no-home", "serve"])).toEqual({ globals: ["--no-home"], words: ["serve"] });
  });

  test.each(["--config", "--home"])("throws usage when %s ends the line without its value", (flag) => {
    expect(catchThrown(() => splitGlobalFlags(["--debug", flag]))).toMatchObject({
      code: "usage", message: `Cannot run "termite": flag "${flag}" needs a value`, hint: "termite --help",
    });
  });
});
