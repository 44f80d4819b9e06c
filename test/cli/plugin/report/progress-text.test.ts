import { describe, expect, test } from "bun:test";
import { createFetchMeter } from "../../../../src/cli/plugin/report/fetch-meter.ts";
import { formatProgress, formatSeconds, formatTotal } from "../../../../src/cli/plugin/report/progress-text.ts";
import type { FetchProgress } from "../../../../src/plugins/install/events.ts";

const step = (file: string, fileDoneBytes: number, doneBytes: number): FetchProgress => {
  return { file, fileDoneBytes, fileTotalBytes: 400e6, doneBytes, totalBytes: 2e9 };
};

function createClock() {
  let ms = 0;
  return { read: () => ms, pass: (more: number) => void (ms += more) };
}

describe("createFetchMeter()", () => {
  test("gives rate and time left once there is something to tell them from", () => {
    const clock = createClock();
    const meter = createFetchMeter(clock.read);
    meter.add(step("a/libone.so", 0, 0));
    expect(meter.read()).toMatchObject({ bytesPerSecond: undefined, secondsLeft: undefined });
    clock.pass(1000);
    meter.add(step("a/libone.so", 100e6, 100e6));
    expect(meter.read()).toMatchObject({ doneBytes: 100e6, totalBytes: 2e9, bytesPerSecond: 100e6, secondsLeft: 19 });
  });

  test("forgets what was longer ago than its window", () => {
    const clock = createClock();
    const meter = createFetchMeter(clock.read);
    for (let i = 0; i <= 20; i++) {
      // Ten slow seconds, then ten fast ones.
      meter.add(step("x", 1, i <= 10 ? i * 1e6 : 10e6 + (i - 10) * 100e6));
      clock.pass(1000);
    }
    expect(meter.read().bytesPerSecond).toBeCloseTo(100e6, -6);
  });

  test("names the files that have begun and are not whole", () => {
    const meter = createFetchMeter(() => 0);
    meter.add(step("a/libone.so", 1, 1));
    meter.add(step("a/libtwo.so", 1, 2));
    meter.add(step("a/libone.so", 400e6, 400e6));
    expect(meter.read().open.map(({ file }) => file)).toEqual(["a/libtwo.so"]);
  });
});

const STATE = { open: [], doneBytes: 812_300_000, totalBytes: 2_100_000_000, bytesPerSecond: 105_200_000, secondsLeft: 12.2 };

describe("formatTotal()", () => {
  test("says share, bytes, rate and time left", () => {
    expect(formatTotal(STATE)).toBe("38 %, 812.3 MB of 2.1 GB, 105.2 MB/s, 13 s left");
  });

  test("says no rate that it does not know", () => {
    expect(formatTotal({ ...STATE, bytesPerSecond: undefined, secondsLeft: undefined })).toBe("38 %, 812.3 MB of 2.1 GB");
  });
});

describe("formatProgress()", () => {
  const open = ["nvidia/cu13/lib/libcublasLt.so.13", "libnccl.so.2"].map((file) => step(file, 100e6, 0));

  test("draws a line a file and one for all", () => {
    expect(formatProgress({ ...STATE, open }, 80)).toEqual([
      "  libcublasLt.so.13   25 %  of 400.0 MB",
      "  libnccl.so.2        25 %  of 400.0 MB",
      "  total              38 %, 812.3 MB of 2.1 GB, 105.2 MB/s, 13 s left",
    ]);
  });

  test("counts the files that it does not name", () => {
    const many = Array.from({ length: 9 }, (_, i) => step(`lib${i}.so`, 0, 0));
    const lines = formatProgress({ ...STATE, open: many }, 80);
    expect([lines.length, lines.at(-2)]).toEqual([8, "  and 3 more"]);
  });

  test.each([80, 40, 20, 3])("draws no line that fills %d columns", (width) => {
    for (const line of formatProgress({ ...STATE, open }, width)) expect(Bun.stringWidth(line)).toBeLessThan(width);
  });
});

describe("formatSeconds()", () => {
  test.each([[0.2, "1 s"], [59, "59 s"], [61, "1 min 1 s"], [7500, "2 h 5 min"]])("%d is %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
