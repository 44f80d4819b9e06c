// Speed by a clock that stands still until it is told to go on.
import { describe, expect, test } from "bun:test";
import { SpeedMeter } from "../../src/scheduler/speed-meter.ts";

function create() {
  let nowMs = 1000;
  const meter = new SpeedMeter(() => nowMs);
  /** After `ms` of saturation, `tokens` are done. */
  const work = (ms: number, tokens: number, isSaturated = true): void => {
    nowMs += ms;
    meter.note(isSaturated, tokens);
  };
  return { meter, work, wait: (ms: number) => void (nowMs += ms) };
}

describe("SpeedMeter", () => {
  test("knows nothing before three windows of half a second", () => {
    const { meter, work } = create();
    work(0, 0);
    work(500, 1000);
    work(500, 1000);
    expect(meter.tokensPerSecond).toBeUndefined();
    work(500, 1000);
    expect(meter.tokensPerSecond).toBe(2000);
  });

  test("counts no time in which more could have been done", () => {
    const { meter, work } = create();
    work(0, 0);
    for (let batch = 0; batch < 10; batch++) {
      work(500, 500, false);
      work(10_000, 7);
    }
    expect(meter.tokensPerSecond).toBe(1000);
  });

  test("takes the middle window when a restart and a burst are among them", () => {
    const { meter, work } = create();
    work(0, 0);
    work(20_000, 5);
    work(500, 9000);
    for (let batch = 0; batch < 3; batch++) work(500, 400);
    expect(meter.tokensPerSecond).toBe(800);
  });

  test("puts batches together until there is half a second of them", () => {
    const { meter, work } = create();
    work(0, 0);
    for (let batch = 0; batch < 150; batch++) work(10, batch % 2 === 0 ? 0 : 40);
    expect(meter.tokensPerSecond).toBe(2000);
  });

  test("follows when the speed changes", () => {
    const { meter, work } = create();
    work(0, 0);
    for (let batch = 0; batch < 20; batch++) work(500, 5000);
    for (let batch = 0; batch < 5; batch++) work(500, 50);
    expect(meter.tokensPerSecond).toBe(100);
  });

  test("forgets after a minute without a measurement, and begins anew", () => {
    const { meter, work, wait } = create();
    work(0, 0);
    for (let batch = 0; batch < 9; batch++) work(500, 5000, batch < 8);
    wait(60_001);
    expect(meter.tokensPerSecond).toBeUndefined();
    work(0, 0);
    work(500, 50);
    expect(meter.tokensPerSecond).toBeUndefined();
    for (let batch = 0; batch < 2; batch++) work(500, 50);
    expect(meter.tokensPerSecond).toBe(100);
  });
});
