// `termite completions` in the real shells: the script loads without a word, and Tab completes what a person has begun.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkTool, runCommand, runGood } from "./command.ts";
import { createTemporaryFolder, TERMITE } from "./places.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { openShellSession } from "./shell-session.ts";
import type { ShellSession } from "./shell-session.ts";
import { createEnvironment, EMBEDDED_MODEL } from "./termite.ts";

interface Shell {
  /** Starts it on a terminal without anybody's own settings. */
  start: readonly string[];
  /** What is typed first; `FILE` is the script. After it `termite` prints its arguments instead of running. */
  prepare: readonly string[];
  /** Loads the script where nobody types. */
  load: readonly string[];
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    start: ["bash", "--norc", "--noprofile"],
    prepare: ["source FILE", "termite() { printf '(%s)\\n' \"$*\"; }"],
    load: ["bash", "-euc", "source FILE"],
  },
  zsh: {
    start: ["zsh", "-f"],
    prepare: ["autoload -Uz compinit && compinit -u -D", "source FILE", "termite() { printf '(%s)\\n' \"$*\"; }"],
    load: ["zsh", "-fec", "autoload -Uz compinit && compinit -u -D; source FILE"],
  },
  fish: {
    start: ["fish", "--no-config"],
    prepare: ["source FILE", "function termite; echo \"($argv)\"; end"],
    load: ["fish", "--no-config", "-c", "source FILE"],
  },
};

/** What is typed before Tab, and the arguments of the command line that Tab makes of it. */
const UNIQUE: readonly (readonly [typed: string, completed: string])[] = [
  ["plu", "plugin"],
  ["plugin l", "plugin list"],
  ["serve --api-u", "serve --api-url"],
  ["run --api-u", "run --api-url"],
  ["completions z", "completions zsh"],
  ["serve --log-level w", "serve --log-level warn"],
  ["serve --require-target onnx:cu", "serve --require-target onnx:cuda"],
  ["--home fol", "--home folder"],
  ["serve --config set", "serve --config settings.yaml"],
  ["embed --model all-", `embed --model ${EMBEDDED_MODEL}`],
  ["embed --default-model all-minilm-l6-v2:i", `embed --default-model ${EMBEDDED_MODEL}`],
];

/** What is typed before Tab, and what the shell then offers. */
const LISTS: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ["completions ", ["bash", "fish", "zsh"]],
  ["plugin list --plugins-", ["plugins-allow-system", "plugins-dir", "plugins-index-url"]],
];

export async function checkShells(report: Report): Promise<void> {
  for (const [name, shell] of Object.entries(SHELLS)) {
    await report.check(`completions in ${name}`, () => checkShell(name, shell));
  }
}

async function checkShell(name: string, shell: Shell): Promise<string> {
  checkTool(name);
  const { folder, env } = createSurroundings(name);
  const script = join(folder, `completions.${name}`);
  writeFileSync(script, await runGood([TERMITE, "completions", name], { env }));
  const fill = (text: string): string => text.replace("FILE", script);
  const loaded = await runCommand(shell.load.map(fill), { env });
  check(loaded.code === 0 && loaded.stdout + loaded.stderr === "", `loading ends with ${loaded.code}: ${loaded.stderr.trim()}`);
  const session = openShellSession(shell.start, env);
  try {
    await prepareSession(session, [`cd ${folder}`, ...shell.prepare.map(fill)]);
    for (const [typed, completed] of UNIQUE) await completeOne(session, typed, completed);
    for (const [typed, offered] of LISTS) await listAll(session, typed, offered);
  } finally {
    await session.close();
  }
  return `${UNIQUE.length} command lines completed, ${LISTS.length} lists offered`;
}

/** `termite` in `PATH`, a folder and a file to be completed, and no one's settings. */
function createSurroundings(name: string): { folder: string; env: Record<string, string> } {
  const folder = createTemporaryFolder(`shell-${name}`);
  const bin = join(folder, "bin");
  for (const made of [bin, join(folder, "folder")]) mkdirSync(made);
  symlinkSync(TERMITE, join(bin, "termite"));
  writeFileSync(join(folder, "settings.yaml"), "");
  const env = createEnvironment(folder);
  return { folder, env: { ...env, PATH: `${bin}:${env["PATH"]}`, TERM: "xterm" } };
}

/** Each line has run when the shell has printed what its text alone does not hold. */
async function prepareSession(session: ShellSession, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) await session.type(`${line}; printf 'step-%s-done' ${index}\r`, [`step-${index}-done`]);
}

/** Tab, Enter, and the arguments that `termite` was then started with; a folder may have a slash behind it. */
async function completeOne(session: ShellSession, typed: string, completed: string): Promise<void> {
  await session.type(`termite ${typed}\t\r`, [`(${completed}`]);
}

/** Tab twice, because bash lists only then; Ctrl-U empties the line again. */
async function listAll(session: ShellSession, typed: string, offered: readonly string[]): Promise<void> {
  await session.type(`termite ${typed}\t\t`, offered);
  await session.type("\u0015", []);
}
