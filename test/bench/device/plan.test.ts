// What travels with which call: the limits of the device machine as arithmetic.
import { describe, expect, test } from "bun:test";
import { checkCall, DEVICE_LIMITS, formatSums, formatWhole, planCalls } from "../../../bench/device/plan.ts";
import type { Cargo, DeviceCall, Stage } from "../../../bench/device/plan.ts";

const createCargo = (name: string, sizes: readonly number[], sha256?: string): Cargo => ({
  name,
  pieces: sizes.map((sizeBytes, i) => ({ name: `${name}.00${i}`, sizeBytes, sha256: `${name}${i}` })),
  ...(sha256 !== undefined && { sha256 }),
});

const STAGES: readonly Stage[] = [
  { title: "look", cargo: [createCargo("termite", [4, 4, 3], "abc"), createCargo("model", [2], "def")], command: "bash look.sh" },
  { title: "measure", cargo: [createCargo("plugin.tar", [9, 1, 1])], command: "bash measure.sh" },
];

const createCall = (call: Partial<DeviceCall>): DeviceCall => ({
  title: "one", command: "true", carry: [], timeoutSeconds: 60, pieces: [], completes: [], ...call,
});

describe("planCalls()", () => {
  const calls = planCalls(STAGES, 10);

  test("fills each call in order and runs a stage's command behind its cargo", () => {
    expect(calls.map(({ command, pieces }) => [command, pieces.map(({ name }) => name).join(" ")])).toEqual([
      ["bash bench/device/arrive.sh 001", "termite.000 termite.001"],
      ["bash bench/device/arrive.sh 002", "termite.002 model.000"],
      ["bash look.sh", ""],
      ["bash bench/device/arrive.sh 003", "plugin.tar.000 plugin.tar.001"],
      ["bash bench/device/arrive.sh 004", "plugin.tar.002"],
      ["bash measure.sh", ""],
    ]);
  });

  test("names what each call carries and how many there are", () => {
    expect(calls.map(({ carry }) => carry.join())).toEqual([
      "dist/device/calls/001", "dist/device/calls/002", "", "dist/device/calls/003", "dist/device/calls/004", "",
    ]);
    expect(calls[3]?.title).toBe("carry 3 of 4: plugin.tar.000 to plugin.tar.001");
  });

  test("says with which call a cargo is whole", () => {
    expect(calls.map(formatWhole)).toEqual(["", "abc 3 termite\ndef 1 model\n", "", "", "- 3 plugin.tar\n", ""]);
  });

  test("gives sums that sha256sum reads", () => {
    expect(formatSums(calls[1] ?? createCall({}))).toBe("termite2  termite.002.gz\nmodel0  model.000.gz\n");
  });

  test("refuses a piece that fits no call", () => {
    expect(() => planCalls(STAGES, 8)).toThrow('Cannot carry "plugin.tar.000": found 9 bytes, a call has room for 8');
  });
});

describe("checkCall()", () => {
  const piece = { name: "a", sizeBytes: DEVICE_LIMITS.travelBytes - 10, sha256: "" };

  test("accepts what is just within every limit", () => {
    const call = createCall({ command: "x".repeat(2000), carry: Array.from({ length: 8 }, () => "y".repeat(200)), timeoutSeconds: 600, pieces: [piece] });
    expect(checkCall(call, 10)).toEqual([]);
  });

  test.each<[string, Partial<DeviceCall>]>([
    ['"one": found 2001 characters of command, at most 2000', { command: "x".repeat(2001) }],
    ['"one": found 9 carried paths, at most 8', { carry: Array.from({ length: 9 }, () => "y") }],
    ['"one": found 201 characters of a carried path, at most 200', { carry: ["y".repeat(201)] }],
    ['"one": found 67108865 bytes that travel, at most 67108864', { pieces: [piece] }],
    ['"one": found 601 seconds, at most 600', { timeoutSeconds: 601 }],
  ])("reports %s", (expected, call) => expect(checkCall(createCall(call), 11)).toEqual([expected]));
});
