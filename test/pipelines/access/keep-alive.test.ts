import { describe, expect, test } from "bun:test";
import { KeepAlive, SYSTEM_CLOCK } from "../../../src/pipelines/access/keep-alive.ts";
import { createTestClock } from "../embedder-parts.ts";

const create = (ms: number) => {
  const clock = createTestClock();
  let expired = 0;
  const keepAlive = new KeepAlive({ ms, clock, onExpired: () => void expired++ });
  return { clock, keepAlive, count: () => expired };
};

describe("KeepAlive", () => {
  test.each([1, 60_000, 2 ** 31 - 1, 2 ** 31, 90 * 24 * 3_600_000])("expires once, %p ms after the release", (ms) => {
    const { clock, keepAlive, count } = create(ms);
    keepAlive.release();
    clock.pass(ms - 1);
    expect(count()).toBe(0);
    clock.pass(1);
    clock.pass(1e12);
    expect(count()).toBe(1);
  });

  test("sets no timer that is longer than a timer can be, nor one for ever", () => {
    const { clock, keepAlive } = create(2 ** 33);
    keepAlive.release();
    expect([...clock.timers].map(({ atMs }) => atMs - clock.now())).toEqual([2 ** 31 - 1]);
    keepAlive.hold(Infinity);
    keepAlive.release();
    expect([clock.timers.size, keepAlive.expiresAtMs]).toEqual([0, Infinity]);
  });

  test("expires within release() when nothing is to be kept", () => {
    const { keepAlive, count } = create(0);
    keepAlive.release();
    expect(count()).toBe(1);
  });

  test("says from now on while it is in use, and from the release after it", () => {
    const { clock, keepAlive } = create(1000);
    clock.pass(5);
    expect(keepAlive.expiresAtMs).toBe(clock.now() + 1000);
    keepAlive.release();
    clock.pass(5);
    expect(keepAlive.expiresAtMs).toBe(clock.now() + 995);
  });

  test("stop() calls it off", () => {
    const { clock, keepAlive, count } = create(1000);
    keepAlive.release();
    keepAlive.stop();
    clock.pass(1e9);
    expect(count()).toBe(0);
  });
});

describe("SYSTEM_CLOCK", () => {
  test("calls back, unless it is called off", async () => {
    const rung: string[] = [];
    SYSTEM_CLOCK.startTimer(() => rung.push("off"), 1)();
    await new Promise<void>((resolve) => void SYSTEM_CLOCK.startTimer(() => (rung.push("on"), resolve()), 5));
    expect(rung).toEqual(["on"]);
    expect(Math.abs(SYSTEM_CLOCK.now() - Date.now())).toBeLessThan(1000);
  });
});
