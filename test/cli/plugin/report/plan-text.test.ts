import { describe, expect, test } from "bun:test";
import { formatDryRun, formatPlan } from "../../../../src/cli/plugin/report/plan-text.ts";
import type { InstallPlan } from "../../../../src/plugins/install/events.ts";

const PLAN: InstallPlan = {
  name: "xla:tpu", version: "0.0.52",
  wheels: [{ file: "libtpu.whl", sizeBytes: 137e6, fetchBytes: 129e6 }, { file: "there.whl", sizeBytes: 5e6, fetchBytes: 0 }],
  downloadBytes: 129e6, diskBytes: 468e6, freeBytes: 50e9, licences: ["Google Cloud Platform Terms of Service"],
  checks: [
    { name: "platform", ok: true, found: "linux-x64", needed: "linux-x64 with glibc" },
    { name: "hardware", ok: false, found: "no TPU", needed: "a TPU", remedy: "Find one" },
    { name: "space", ok: false, found: "1 GB free", needed: "2 GB", remedy: "Free some", isFinal: true },
  ],
};

test("formatPlan() says what is fetched, what it takes, the licences, and what stands in the way", () => {
  expect(formatPlan(PLAN, { isForced: false })).toBe(
    "xla:tpu 0.0.52\n" +
    "  fetch     129.0 MB of 1 wheel\n" +
    "  disk      468.0 MB more, 50.0 GB free\n" +
    "  licence   Google Cloud Platform Terms of Service\n" +
    "  hardware  found no TPU, need a TPU (Find one)\n" +
    "  space     found 1 GB free, need 2 GB (Free some)\n",
  );
});

test("formatPlan() says what is passed over by force, and what is not", () => {
  const text = formatPlan(PLAN, { isForced: true });
  expect(text).toContain("need a TPU (passed over by --force)\n");
  expect(text).toContain("need 2 GB (Free some)\n");
});

test("formatPlan() says that nothing is fetched when all is there", () => {
  expect(formatPlan({ ...PLAN, wheels: [], downloadBytes: 0 }, { isForced: false })).toContain("  fetch     nothing\n");
});

describe("formatDryRun()", () => {
  test("names every wheel and every check", () => {
    expect(formatDryRun(PLAN)).toEndWith(
      "  wheel    libtpu.whl: 129.0 MB of 137.0 MB\n" +
      "  wheel    there.whl: nothing of 5.0 MB\n" +
      "  ok       platform: linux-x64\n",
    );
  });
});
