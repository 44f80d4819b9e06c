import { describe, expect, test } from "bun:test";
import type { CommandSpec } from "../../src/cli/command.ts";
import { createConfigFlags } from "../../src/cli/context.ts";
import { formatCommandHelp, formatGroupHelp, formatRootHelp } from "../../src/cli/help.ts";
import type { HelpEntry } from "../../src/cli/help.ts";
import { CONFIG_KEYS } from "../../src/config/keys.ts";

const ENTRIES: readonly HelpEntry[] = [
  { name: "serve", aliases: ["run"], summary: "serves", group: "FIRST" },
  { name: "plugin list", aliases: [], summary: "lists", group: "SECOND" },
];

const SPEC: CommandSpec = {
  name: "try",
  summary: "tries it",
  positionals: { name: "text", description: "one or two texts", least: 1, most: 2 },
  flags: {
    json: { type: "boolean", description: "as JSON" },
    model: { type: "string", description: "which model", valueHint: "name" },
    bare: { type: "string", description: "anything" },
    truncate: { type: "boolean", description: "refuse long texts", isOn: true },
    secret: { type: "string", description: "not yet", hidden: true },
    home: { type: "string", description: "the folder", valueHint: "dir", isKey: true },
  },
  examples: [["termite try a", "tries a"]],
  run: async () => 0,
};

const GLOBAL = `GLOBAL FLAGS
  --debug     log everything; show the stack of an error
  --quiet     log errors only
  --no-color  no colours on a terminal, as with NO_COLOR
  -h, --help  this text
`;

describe("formatRootHelp()", () => {
  test("groups the commands and shows the flags that stand before any of them", () => {
    const flags = { home: { type: "string", description: "the folder", valueHint: "dir" } } as const;
    expect(formatRootHelp({ entries: ENTRIES, flags }, {})).toBe(`Text to vectors, scores, labels and spans on whatever the machine has

USAGE
  termite <command> [flags] [arguments]

FIRST
  serve, run   serves

SECOND
  plugin list  lists

GLOBAL FLAGS
  --home DIR  the folder
  --debug     log everything; show the stack of an error
  --quiet     log errors only
  --no-color  no colours on a terminal, as with NO_COLOR
  -h, --help  this text
  --version   name, version and build

termite <command> --help says more of a command, with examples.
`);
  });
});

describe("formatGroupHelp()", () => {
  test("is the group's commands alone", () => {
    expect(formatGroupHelp(ENTRIES.slice(1), {})).toBe(
      "SECOND\n  plugin list  lists\n\ntermite <command> --help says more of a command, with examples.\n",
    );
  });
});

describe("formatCommandHelp()", () => {
  test("shows arguments, own flags, keys, global flags and examples, and no hidden flag", () => {
    expect(formatCommandHelp(SPEC, {})).toBe(`tries it

USAGE
  termite try [flags] TEXT...

ARGUMENTS
  TEXT  one or two texts

FLAGS
  --json         as JSON
  --model NAME   which model
  --bare VALUE   anything
  --no-truncate  refuse long texts

CONFIGURATION (also keys of termite.yaml and TERMITE_ variables: termite config)
  --home DIR  the folder

${GLOBAL}
EXAMPLES
  termite try a
      tries a
`);
  });

  test("leaves out sections that have nothing", () => {
    const { name, summary, examples, run } = SPEC;
    expect(formatCommandHelp({ name, summary, examples, run, flags: {} }, {})).toBe(
      `tries it\n\nUSAGE\n  termite try [flags]\n\n${GLOBAL}\nEXAMPLES\n  termite try a\n      tries a\n`,
    );
  });

  test("wraps descriptions to the terminal and makes titles bold", () => {
    const help = formatCommandHelp({ ...SPEC, flags: { json: { type: "boolean", description: "word ".repeat(12).trim() } } }, { width: 44, color: true });
    expect(help).toContain(`\u001b[1mFLAGS\u001b[22m\n  --json  word word word word word word word\n${" ".repeat(10)}word word word word word\n`);
  });

  test("lists every flag of the configuration", () => {
    const listed = new Set(formatCommandHelp({ ...SPEC, flags: createConfigFlags() }, {}).match(/--[a-z-]+/g));
    const rows = CONFIG_KEYS.filter(({ flag }) => flag !== undefined);
    for (const { flag } of rows) expect([flag, listed.has(`--${flag}`)]).toEqual([flag, true]);
  });
});

test("formatCommandHelp() shows a flag's letter before its name", () => {
  const flags = { output: { type: "string", description: "where", valueHint: "file", short: "o" } } as const;
  expect(formatCommandHelp({ ...SPEC, flags }, {})).toContain("FLAGS\n  -o, --output FILE  where\n");
});
