// The script runs in bash where there is one (bash needs no terminal for that); the real terminals are acceptance's.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBashCompletions } from "../../../src/cli/completions/bash.ts";
import { SMALL_TREE } from "./small-tree.ts";

const SCRIPT = formatBashCompletions(SMALL_TREE);

/** What bash is offered at the end of a line, in a folder with a folder and a file. */
function complete(line: string, breaks = " \t\n\"'><=;|&(:"): string[] {
  const folder = mkdtempSync(join(tmpdir(), "termite-completions-"));
  try {
    writeFileSync(join(folder, "settings.yaml"), "");
    Bun.spawnSync(["mkdir", join(folder, "folder")]);
    const models = "termite() { printf 'MODEL  SIZE\\nbge:int8  1 B\\nbge-m3  2 B\\n'; }; command() { \"$@\"; }";
    const harness = `${models}; COMP_WORDBREAKS=$BREAKS; _termite; for word in "\${COMPREPLY[@]}"; do echo "$word"; done`;
    const { stdout, stderr } = Bun.spawnSync(["bash", "--norc", "-c", `set -u\n${SCRIPT}\n${harness}`], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", COMP_LINE: line, COMP_POINT: String(line.length), BREAKS: breaks },
    });
    expect(stderr.toString()).toBe("");
    return stdout.toString().split("\n").filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["termite ", ["serve", "completions", "plugin"]],
  ["termite plu", ["plugin"]],
  ["termite plugin ", ["list"]],
  ["termite plugin list --j", ["--json"]],
  ["termite serve --re", ["--require-target"]],
  ["termite run --re", ["--require-target"]],
  ["termite serve --nothing", []],
  ["termite completions ", ["bash", "zsh"]],
  ["termite completions z", ["zsh"]],
  ["termite --home x comp", ["completions"]],
  ["termite --home=x comp", ["completions"]],
  ["termite --ver", ["--version"]],
  ["termite serve --home ", ["folder"]],
  ["termite serve --config s", ["settings.yaml"]],
  ["termite serve --config=s", ["settings.yaml"]],
  ["termite serve --require-target o", ["onnx:cpu", "onnx:cuda"]],
  ["termite serve --require-target onnx:c", ["cpu", "cuda"]],
  ["termite serve --require-target=onnx:cu", ["cuda"]],
  ["termite serve --default-model bge", ["bge:int8", "bge-m3"]],
  ["termite serve --default-model bge:", ["int8"]],
  ["termite serve --no-truncate --re", ["--require-target"]],
  ["termite serve *", []],
];

describe("formatBashCompletions()", () => {
  test("is a script that offers what the tree has", () => {
    expect(SCRIPT).toContain('    "serve"|"run") echo "--home --config --require-target');
    expect(SCRIPT).toContain('    --require-target) echo "onnx:cpu onnx:cuda xla:cpu" ;;');
    expect(SCRIPT).toEndWith("complete -F _termite termite\n");
    if (Bun.which("bash") === null) return;
    for (const [line, offered] of CASES) expect([line, complete(line)]).toEqual([line, [...offered]]);
    // Some take ":" and "=" from the word breaks: then whole words are offered.
    expect(complete("termite serve --require-target onnx:c", " ")).toEqual(["onnx:cpu", "onnx:cuda"]);
    expect(complete("termite serve --require-target=xla", " ")).toEqual(["--require-target=xla:cpu"]);
  });
});
