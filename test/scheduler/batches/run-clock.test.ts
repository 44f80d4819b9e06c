import { describe, expect, test } from "bun:test";
import { RunClock } from "../../../src/scheduler/batches/run-clock.ts";

function create(runsAtOnce: number) {
  let nowMs = 0;
  return { clock: new RunClock(() => runsAtOnce, () => nowMs), wait: (ms: number) => void (nowMs += ms) };
}

describe("RunClock", () => {
  test("does not count the time in which a run waits for one before it", () => {
    const { clock, wait } = create(1);
    const [first, second] = [clock.begin(), clock.begin()];
    wait(30);
    expect(clock.end(first)).toEqual({ seconds: 0.03, isSaturated: true });
    wait(20);
    expect(clock.end(second)).toEqual({ seconds: 0.02, isSaturated: true });
  });

  test("says that a run was not saturated when another place was free at its start or its end", () => {
    const { clock, wait } = create(2);
    const first = clock.begin();
    const second = clock.begin();
    wait(10);
    expect(clock.end(second)).toEqual({ seconds: 0.01, isSaturated: true });
    expect(clock.end(first)).toEqual({ seconds: 0.01, isSaturated: false });
  });

  test("counts nothing for a run that ends before its turn", () => {
    const { clock, wait } = create(1);
    const [first, second] = [clock.begin(), clock.begin()];
    wait(5);
    expect(clock.end(second)).toEqual({ seconds: 0, isSaturated: false });
    expect(clock.end(first)).toEqual({ seconds: 0.005, isSaturated: true });
  });
});
