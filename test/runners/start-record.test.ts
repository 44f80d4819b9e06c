import { expect, test } from "bun:test";
import { StartRecord } from "../../src/runners/start-record.ts";

const FAILED = { isFailed: true };

/** Deaths in a row until the record says that it failed. */
const countDeaths = (record: StartRecord, isReady: boolean): number => {
  for (let deaths = 1; deaths < 20; deaths++) {
    if (isReady) record.noteReady();
    if (record.noteDeath().isFailed) return deaths;
    record.noteRestart();
  }
  return Infinity;
};

test("noteDeath() says failed at the fifth death before a process was ready, and from then on", () => {
  const record = new StartRecord(1000);
  expect(countDeaths(record, false)).toBe(5);
  record.noteRestart();
  expect(record.noteDeath()).toEqual(FAILED);
});

test("noteDeath() says failed earlier before a process ever was ready, when that is wanted, and not after", () => {
  const record = new StartRecord(1000, 1);
  expect([record.noteDeath(), record.wasEverReady]).toEqual([FAILED, false]);
  const served = new StartRecord(1000, 1);
  served.noteReady();
  expect([countDeaths(served, false), served.wasEverReady]).toEqual([5, true]);
});

test("noteDeath() counts a death soon after ready", () => {
  expect(countDeaths(new StartRecord(1000), true)).toBe(5);
});

test("noteDeath() does not count a process that had settled", () => {
  expect(countDeaths(new StartRecord(0), true)).toBe(Infinity);
});

test("noteRun() forgets the failures before it, and the wait", () => {
  const record = new StartRecord(1000);
  for (let i = 0; i < 4; i++) {
    record.noteDeath();
    record.noteRestart();
  }
  record.noteReady();
  record.noteRun();
  expect(record.noteDeath()).toEqual({ isFailed: false });
  expect([record.noteRestart(), record.noteRestart(), record.restarts]).toEqual([0, 100, 6]);
});
