import { expect, test } from "bun:test";
import { formatWords } from "../../../src/ffi/pjrt/text.ts";

test.each([
  ["/srv/plugins/libx.so: invalid ELF header", "libx.so: invalid ELF header"],
  ['Cannot open "/home/me/a b/x.so"', 'Cannot open "x.so"'],
  ["See https://openxla.org/xla/errors/error_0102 for more", "See https://openxla.org/xla/errors/error_0102 for more"],
  ["-:1:1: error: unknown op\n<unknown>:0: error: Failed", "-:1:1: error: unknown op <unknown>:0: error: Failed"],
  ["f32[128,128]{1,0} / 2", "f32[128,128]{1,0} / 2"],
])("formatWords() of %j", (message, expected) => {
  expect(formatWords(message)).toBe(expected);
});

test("formatWords() ends when a message is 300,000 blanks", () => expect(formatWords(`a${" ".repeat(300_000)}b`)).toBe("a b"));
