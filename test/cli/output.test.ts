import { describe, expect, test } from "bun:test";
import { createBulk } from "./bulk.ts";
import { runChild, runOnTerminal, runShell } from "./run-child.ts";

const LINES = 50_000;
const BULK = createBulk(LINES);

describe("writeData()", () => {
  test("writes data to stdout, and writeMessage() to stderr", async () => {
    expect(await runChild(["both"])).toEqual({ exitCode: 0, stdout: "data\n", stderr: "message\n" });
  });

  test("writes 5 MB whole when the reader is slow", async () => {
    const { stdout } = await runShell(`$CHILD bulk ${LINES} | { sleep 0.4; cat; }`);
    expect(stdout.length).toBe(LINES * 100);
    expect(stdout === BULK).toBe(true);
  });

  test("writes 5 MB whole when the reader is slow and the full pipe does not block", async () => {
    const { stdout, stderr } = await runShell(`$CHILD bulkWithoutBlocking ${LINES} | { sleep 0.4; cat; }`);
    expect(JSON.parse(stderr)).toEqual({ isTerminal: false, isNonBlocking: true });
    expect(stdout.length).toBe(LINES * 100);
    expect(stdout === BULK).toBe(true);
  });

  test("ends quietly when the reader has gone", async () => {
    const { stdout, stderr } = await runShell('{ $CHILD deaf; echo "code $?" >&2; } | head -c 3');
    expect({ stdout, stderr }).toEqual({ stdout: "xxx", stderr: "lives\ncode 0\n" });
  });
});

describe("createLog()", () => {
  test.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
  ])("writes every line from level %s up to stderr, each repetition too", async (level, names) => {
    const { stdout, stderr } = await runChild(["log", level]);
    const lines = [...names.map((name) => `level=${name} msg=said n=1\n`), ...Array(10).fill("level=error msg=again\n")];
    expect(stdout).toBe("");
    expect(stderr.replaceAll(/^time=\S+ /gm, "")).toBe(lines.join(""));
  });
});

describe("isColorWanted()", () => {
  const never = [false, false, false, false, false, false];
  /** With `{}`, `--no-color`, `NO_COLOR=1`, `NO_COLOR=0`, `TERM=dumb`, and `NO_COLOR` empty. */
  const rule = [true, false, false, false, false, true];

  test("is false for a stream that is no terminal, whatever FORCE_COLOR says", async () => {
    expect(JSON.parse((await runChild(["color"])).stderr)).toEqual([never, never]);
    expect(JSON.parse((await runShell("FORCE_COLOR=1 $CHILD color")).stderr)).toEqual([never, never]);
  });

  test("is true on a terminal that is not dumb, without --no-color and with NO_COLOR absent or empty", async () => {
    expect(JSON.parse(await runOnTerminal("$CHILD color"))).toEqual([rule, rule]);
    expect(JSON.parse(await runOnTerminal("$CHILD color | cat"))).toEqual([never, rule]);
  });
});

describe("readStdoutLook()", () => {
  test.each<[string, string, unknown]>([
    ["a terminal", "$CHILD look", { width: 80, color: true }],
    ["--no-color", "$CHILD look --no-color", { width: 80, color: false }],
    ["NO_COLOR", "NO_COLOR=1 $CHILD look", { width: 80, color: false }],
    ["a pipe, whatever COLUMNS says", "COLUMNS=40 $CHILD look | cat", {}],
    ["a terminal that does not say how wide it is", "stty cols 0; COLUMNS=50 $CHILD look", { width: 50, color: true }],
    ["a terminal of which nothing is known", "stty cols 0; unset COLUMNS; $CHILD look", { color: true }],
  ])("says what is known of %s", async (_, script, look) => {
    expect(JSON.parse(await runOnTerminal(`TERM=xterm; export TERM; unset NO_COLOR; ${script}`))).toEqual(look);
  });
});

describe("writeTable()", () => {
  test("wraps to the terminal under a bold header, and writes whole plain lines into a pipe", async () => {
    const onTerminal = await runOnTerminal("unset NO_COLOR; TERM=xterm $CHILD table");
    const line = "word ".repeat(14).trim();
    const rest = " ".repeat(7);
    expect(onTerminal).toBe(
      `\u001b[1mNAME   WHY\u001b[22m\r\nshort  ${line}\r\n${rest}${line}\r\n${rest}word word\r\n`,
    );
    expect((await runChild(["table"])).stdout).toBe(`NAME   WHY\nshort  ${"word ".repeat(30).trim()}\n`);
  });
});
