import { expect, test } from "bun:test";
import { parseSchedstat, readEventLoopTimes } from "../../../src/server/metrics/event-loop.ts";

test.each([
  ["5150403000 44679928 3\n", { busySeconds: 5.150403, starvedSeconds: 0.044679928 }],
  ["0 0 0", { busySeconds: 0, starvedSeconds: 0 }],
  ["", undefined],
  ["1 2\n", undefined],
])("parseSchedstat() of %p is %p", (text, times) => {
  expect(parseSchedstat(text)).toEqual(times);
});

test.if(process.platform === "linux")("readEventLoopTimes() grows while this thread computes", () => {
  const before = readEventLoopTimes()?.busySeconds ?? NaN;
  const until = performance.now() + 30;
  while (performance.now() < until) JSON.stringify(process.versions);
  expect(readEventLoopTimes()?.busySeconds).toBeGreaterThan(before);
});
