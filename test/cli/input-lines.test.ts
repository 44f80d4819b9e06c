import { describe, expect, test } from "bun:test";
import { parseJsonLine } from "../../src/cli/input-lines.ts";
import { catchThrown } from "./catch-thrown.ts";
import { CHILD, runChild } from "./run-child.ts";

describe("parseJsonLine()", () => {
  test.each([
    ['"a text"', "a text"],
    ['  "a text"\t', "a text"],
    ['""', ""],
    ['"two\\nlines"', "two\nlines"],
    ['{"text": "a text"}', "a text"],
    ['{"id": 7, "text": ""}', ""],
  ])("reads %s", (line, text) => expect(parseJsonLine(line, 1)).toBe(text));

  test.each(["{", "a text", "", '"a', '{"text": "a"} x'])("throws invalid_request when the line is no JSON: %s", (line) => {
    const error = catchThrown(() => parseJsonLine(line, 12));
    expect(error).toMatchObject({
      code: "invalid_request",
      message: "Cannot read line 12: found no valid JSON",
      hint: "Leave --jsonl out to read plain lines",
      exitCode: 2,
    });
    expect((error as Error).cause).toBeInstanceOf(SyntaxError);
  });

  test.each(["7", "null", "true", '["a"]', "{}", '{"text": 7}', '{"text": null}'])(
    "throws invalid_request when the line holds no text: %s",
    (line) => {
      const error = catchThrown(() => parseJsonLine(line, 3));
      expect(error).toMatchObject({
        code: "invalid_request",
        message: 'Cannot read line 3: found neither a string nor an object with "text"',
      });
    },
  );
});

describe("readBatches()", () => {
  const read = async (mode: string, stdin: string): Promise<unknown[]> => {
    const { stderr } = await runChild(["lines", mode], stdin);
    return stderr.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  };

  test.each([
    ["plain lines, the last without its end", "plain", "a\nb\nc", [["a", "b"], ["c"]]],
    ["a whole batch", "plain", "a\nb\n", [["a", "b"]]],
    ["nothing", "plain", "", []],
    ["empty lines and blanks as texts", "plain", "\n  a \n\n", [["", "  a "], [""]]],
    ["line ends of Windows", "plain", "a\r\nb\r\n", [["a", "b"]]],
    ["wide characters", "plain", "模型\n👩‍🚀", [["模型", "👩‍🚀"]]],
    ["JSON lines, without the empty ones", "json", '"a"\n\n  \n{"text":"b"}\n"c"\n', [["a", "b"], ["c"]]],
    ["a bad JSON line, counting the empty ones", "json", '"a"\n\nb\n', [{ error: "TermiteError: Cannot read line 3: found no valid JSON" }]],
  ])("reads %s", async (_, mode, stdin, batches) => {
    expect(await read(mode, stdin)).toEqual(batches);
  });

  test("throws the signal's reason when it is aborted while more may come", async () => {
    const child = Bun.spawn([...CHILD, "lines", "abort"], { stdin: "pipe", stdout: "ignore", stderr: "pipe" });
    void child.stdin.write("a\nb\n");
    await child.stdin.flush();
    expect(await new Response(child.stderr).text()).toBe('["a","b"]\n{"error":"Error: told to stop"}\n');
    expect(await child.exited).toBe(0);
  });

  test("loses and doubles nothing when the input is large", async () => {
    const lines = Array.from({ length: 20_001 }, (_, index) => `line ${index}`);
    expect((await read("plain", lines.join("\n"))).flat()).toEqual(lines);
  });

  test.each([
    ["plain", "a\u2028b\u2029c\n", [["a\u2028b\u2029c"]]],
    ["json", '"a\u2028b"\n', [["a\u2028b"]]],
    ["plain", "a\rb\n", [["a\rb"]]],
  ])("ends a line of %s only at a line feed: %j", async (mode, stdin, batches) => {
    expect(await read(mode, stdin)).toEqual(batches);
  });
});
