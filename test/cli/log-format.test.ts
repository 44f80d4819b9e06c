import { describe, expect, test } from "bun:test";
import { formatLogLine } from "../../src/cli/log-format.ts";
import type { LogEvent } from "../../src/cli/log-format.ts";

const date = new Date("2026-01-02T03:04:05.006Z");
/** Terminal lines show local time. */
const clock = date.toTimeString().slice(0, 8);
const format = (event: Partial<LogEvent>): string =>
  formatLogLine({ type: "info", date, args: ["ready"], style: "logfmt", color: false, ...event });

describe("formatLogLine()", () => {
  const args = ["ready", { model: "a b", ms: 12, ok: true, gone: undefined }];
  test.each([
    ["json", '{"time":"2026-01-02T03:04:05.006Z","level":"info","msg":"ready","model":"a b","ms":12,"ok":true}\n'],
    ["logfmt", 'time=2026-01-02T03:04:05.006Z level=info msg=ready model="a b" ms=12 ok=true\n'],
    ["terminal", `${clock} info  ready model="a b" ms=12 ok=true\n`],
  ] as const)("writes time, level, message and the defined fields when the style is %s", (style, line) => {
    expect(format({ style, args })).toBe(line);
  });

  test.each([
    ["json", '{"time":"2026-01-02T03:04:05.006Z","level":"info","msg":"ready"}\n'],
    ["logfmt", "time=2026-01-02T03:04:05.006Z level=info msg=ready\n"],
    ["terminal", `${clock} info  ready\n`],
  ] as const)("ends after the message in style %s when there are no fields", (style, line) => {
    expect(format({ style, args: ["ready"] })).toBe(line);
    expect(format({ style, args: ["ready", undefined] })).toBe(line);
    expect(format({ style, args: ["ready", { gone: undefined }] })).toBe(line);
  });

  test.each([
    ["", '""'],
    ["bare", "bare"],
    ["C:\\x", "C:\\x"],
    ["a=b", '"a=b"'],
    ['say "x"', '"say \\"x\\""'],
    ["two\nlines", '"two\\nlines"'],
    ["tab\there", '"tab\\there"'],
    ["\u001b[31mred", '"\\u001b[31mred"'],
    ["ünï", "ünï"],
    [0, "0"],
    [false, "false"],
  ])("quotes a field's value in logfmt only when it must: %j", (value, written) => {
    expect(format({ args: ["m", { value }] })).toBe(`time=2026-01-02T03:04:05.006Z level=info msg=m value=${written}\n`);
  });

  test.each(["json", "logfmt"] as const)("keeps one line in style %s when message and values hold controls", (style) => {
    const line = format({ style, args: ["a\nb\r\u001b[2J", { path: "c\nd\u0000" }] });
    expect(line.slice(0, -1)).toMatch(/^[^\u0000-\u001f]+$/);
    expect(line).toContain("a\\nb\\r\\u001b[2J");
    expect(line).toContain("c\\nd\\u0000");
  });

  test("escapes escape sequences in a message on a terminal", () => {
    expect(format({ style: "terminal", args: ["a\u001b[2J\rb\u0007"] })).toBe(`${clock} info  a\\u001b[2J\\rb\\u0007\n`);
  });

  test("keeps one line on a terminal when the message holds a newline or a tab", () => {
    expect(format({ style: "terminal", args: ["a\nb\tc"] })).toBe(`${clock} info  a\\nb\\tc\n`);
  });

  test.each(["logfmt", "terminal"] as const)("escapes DEL and C1 controls (0x9b is CSI) in style %s", (style) => {
    expect(format({ style, args: ["a\u007fb\u009bc", { path: "d\u007fe\u009bf" }] })).not.toMatch(/[\u007f-\u009f]/);
  });

  test.each([
    ["debug", "\u001b[90mdebug\u001b[39m"],
    ["info", "\u001b[36minfo \u001b[39m"],
    ["warn", "\u001b[33mwarn \u001b[39m"],
    ["error", "\u001b[31merror\u001b[39m"],
    ["other", "other"],
  ])("colours the level %s on a terminal when colour is wanted", (type, mark) => {
    expect(format({ type, style: "terminal", color: true })).toBe(`${clock} ${mark} ready\n`);
  });

  test.each(["json", "logfmt"] as const)("never colours style %s", (style) => {
    expect(format({ style, color: true, type: "error" })).toBe(format({ style, color: false, type: "error" }));
  });
});
