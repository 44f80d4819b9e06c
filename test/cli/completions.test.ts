import { describe, expect, test } from "bun:test";
import { runMain } from "./run-child.ts";

describe("termite completions", () => {
  test.each(["bash", "zsh", "fish"])("prints the script of %s with every command", async (shell) => {
    const { exitCode, stdout, stderr } = await runMain(["completions", shell]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.split("\n").slice(0, 2).join(" ")).toContain(`# ${shell} completions of termite`);
    for (const word of ["serve", "doctor", "plugin", "completions", "keep-alive"]) expect(stdout).toContain(word);
  });
});
