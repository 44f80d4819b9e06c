import { expect, test } from "bun:test";
import { formatPlatform, parseTarget } from "../../../scripts/executable/target.ts";

test.each([
  ["linux", "x64", "linux-x64"],
  ["darwin", "arm64", "darwin-arm64"],
  ["win32", "x64", "windows-x64"],
])("formatPlatform() names %s %s as %s", (os, arch, expected) => {
  expect(formatPlatform(os, arch)).toBe(expected);
});

test.each([
  [[], "linux-x64", { platform: "linux-x64", bunTarget: "bun-linux-x64", fileName: "termite", isHost: true }],
  [["--target", "linux-x64"], "linux-x64", { platform: "linux-x64", bunTarget: "bun-linux-x64", fileName: "termite", isHost: true }],
  [["--target", "linux-x64"], "darwin-arm64", { platform: "linux-x64", bunTarget: "bun-linux-x64", fileName: "termite-linux-x64", isHost: false }],
  [["--target", "linux-arm64"], "linux-x64", { platform: "linux-arm64", bunTarget: "bun-linux-arm64", fileName: "termite-linux-arm64", isHost: false }],
  [["--target=darwin-arm64"], "linux-x64", { platform: "darwin-arm64", bunTarget: "bun-darwin-arm64", fileName: "termite-darwin-arm64", isHost: false }],
  [["--target", "windows-x64"], "linux-x64", { platform: "windows-x64", bunTarget: "bun-windows-x64", fileName: "termite-windows-x64.exe", isHost: false }],
] as const)("parseTarget() reads %j on %s", (args, host, expected) => {
  expect(parseTarget(args, host)).toEqual(expected);
});

test.each([
  [["--target", "freebsd-x64"], "linux-x64", "freebsd-x64"],
  [[], "linux-ia32", "linux-ia32"],
])("parseTarget() names the platforms there are when it reads %j on %s", (args, host, found) => {
  expect(() => parseTarget(args, host)).toThrow(
    `Cannot build for "${found}": need one of "linux-x64", "linux-arm64", "darwin-arm64", "windows-x64"`,
  );
});
