import { describe, expect, test } from "bun:test";
import { runChild, runOnTerminal } from "./run-child.ts";

describe("createProgress()", () => {
  test("writes one line over and over when stderr is a terminal and stdout is not", async () => {
    expect(await runOnTerminal("$CHILD progress wanted > /dev/null")).toBe("\r\u001b[2Kone\r\u001b[2Ktwo\r\n");
  });

  test.each([
    ["it is not wanted", "$CHILD progress unwanted > /dev/null"],
    ["the data goes to the terminal too", "$CHILD progress wanted"],
    ["there was nothing to show", "$CHILD silentProgress > /dev/null"],
  ])("writes nothing when %s", async (_, script) => {
    expect(await runOnTerminal(`${script}; echo "code $?"`)).toBe("code 0\r\n");
  });

  test("writes nothing when stderr is no terminal", async () => {
    expect(await runChild(["progress", "wanted"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});
