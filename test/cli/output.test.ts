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
  test("is false when stderr is no terminal", async () => {
    expect(JSON.parse((await runChild(["color"])).stderr)).toEqual([false, false, false, false, false]);
  });

  test("is true on a terminal without --no-color and with NO_COLOR absent or empty", async () => {
    expect(JSON.parse(await runOnTerminal("$CHILD color"))).toEqual([true, false, false, false, true]);
  });
});
