import { describe, expect, test } from "bun:test";
import { formatReport, formatSummary } from "../../src/cli/doctor-text.ts";
import type { DoctorReport } from "../../src/doctor/finding.ts";

const REPORT: DoctorReport = {
  findings: [
    { id: "system.cores", status: "ok", found: "2 cores" },
    { id: "system.libstdc++", status: "fail", found: "\u001b[31mnot there", needed: "one", remedy: "apt-get install libstdc++6" },
    { id: "search.onnx:cpu", status: "ok", found: "library inside this executable" },
    { id: "network.index", status: "warn", found: "no answer", needed: "an answer", remedy: "Look" },
  ],
  targets: {},
  search: {
    "onnx:cpu": [
      { name: "plugins_dir/onnx/cpu/lib", path: "/p/onnx/cpu/lib", outcome: "absent" },
      { name: "ONNXRUNTIME_ROOT/lib", outcome: "absent", reason: "not set" },
      { name: "bundled", outcome: "found" },
      { name: "/usr/local/lib/go-xla", path: "/usr/local/lib/go-xla", outcome: "not reached" },
    ],
  },
};

describe("formatReport()", () => {
  test("gives groups, aligned lines, remedies, the walk, and the sum", () => {
    expect(formatReport(REPORT, {})).toBe(
      [
        "SYSTEM",
        "  ok    cores      2 cores",
        "  fail  libstdc++  \\u001b[31mnot there",
        "                   needed: one",
        "                   remedy: apt-get install libstdc++6",
        "",
        "WHERE ENGINES ARE LOOKED FOR",
        "  ok    onnx:cpu  library inside this executable",
        "        - plugins_dir/onnx/cpu/lib (/p/onnx/cpu/lib): absent",
        "        - ONNXRUNTIME_ROOT/lib: absent, not set",
        "        - bundled: found",
        "        - /usr/local/lib/go-xla: not reached",
        "",
        "NETWORK",
        "  warn  index  no answer",
        "               needed: an answer",
        "               remedy: Look",
        "",
        "2 ok, 1 warning, 1 failure",
        "",
      ].join("\n"),
    );
  });

  test("wraps under the text when a terminal is narrow, and paints only the marks and titles", () => {
    const findings = [{ id: "system.cores", status: "warn", found: "one two three four five six seven eight nine" }] as const;
    expect(formatReport({ findings, targets: {}, search: {} }, { width: 45, color: true })).toBe(
      [
        "\u001b[1mSYSTEM\u001b[22m",
        "  \u001b[33mwarn\u001b[39m  cores  one two three four five six",
        "               seven eight nine",
        "",
        "0 ok, 1 warning, 0 failures",
        "",
      ].join("\n"),
    );
  });
});

test("formatSummary() counts by status", () => {
  expect(formatSummary([])).toBe("0 ok, 0 warnings, 0 failures");
  expect(formatSummary(REPORT.findings)).toBe("2 ok, 1 warning, 1 failure");
});
