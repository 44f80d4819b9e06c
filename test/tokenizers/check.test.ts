import { describe, expect, test } from "bun:test";
import { findTokenizerProblem } from "../../src/tokenizers/check.ts";
import { ADDON_PATH, CHECK_COMMAND, TOKENIZER, writeTokenizer } from "./tokenizer-file.ts";

const options = { command: CHECK_COMMAND, environment: { PATH: process.env["PATH"] ?? "" }, addonPath: ADDON_PATH };

describe("findTokenizerProblem()", () => {
  test("gives undefined when the file can be used", async () => {
    expect(await findTokenizerProblem(writeTokenizer(), options)).toBeUndefined();
  });

  test("ends a child that does not end", async () => {
    const command = [process.execPath, "-e", "setTimeout(() => {}, 60_000)"];
    const problem = await findTokenizerProblem(writeTokenizer(), { ...options, command, deadlineMs: 200 });
    expect(problem).toBe("it took longer than 0.2 s to open");
  });

  test("tries again when somebody killed the child, which says nothing about the file", async () => {
    const marker = `${writeTokenizer()}.killed`;
    const killOnce = 'if [ ! -e "$0" ]; then : > "$0"; kill -9 $$; fi; exec "$@"';
    const command = ["/bin/sh", "-c", killOnce, marker, ...CHECK_COMMAND];
    expect(await findTokenizerProblem(writeTokenizer(), { ...options, command })).toBeUndefined();
  });

  test("gives up when the child is killed each time", async () => {
    const command = ["/bin/sh", "-c", "kill -9 $$"];
    const problem = await findTokenizerProblem(writeTokenizer(), { ...options, command });
    expect(problem).toBe("the process that checks it is killed each time");
  });

  test("ends a child that eats memory", async () => {
    const grow = { type: "Replace", pattern: { String: "a" }, content: "aaaaaaaaaa" };
    const content = { ...TOKENIZER, normalizer: { type: "Sequence", normalizers: Array.from({ length: 12 }, () => grow) } };
    const memoryLimitBytes = 300 * 1024 * 1024;
    const problem = await findTokenizerProblem(writeTokenizer(content), { ...options, memoryLimitBytes });
    expect(problem).toBe("it took more than 300 MiB of memory to open");
  });
});
