import { expect, test } from "bun:test";
import { PendingCalls } from "../../src/runners/pending-calls.ts";
import { rejection } from "../fixtures/test-runner.ts";

const add = (calls: PendingCalls, isWork: boolean, wasSent: boolean): Promise<unknown> =>
  rejection(calls.add({ type: "unloaded", isWork, send: () => wasSent, cancel: () => undefined }));
const failAll = async (calls: PendingCalls, waiting: Promise<unknown>[]): Promise<unknown[]> => {
  const alone = calls.failAll((isAlone) => new Error(String(isAlone)));
  return [alone, ...(await Promise.all(waiting)).map((error) => (error as Error).message)];
};

test("failAll() tells the only work in flight that it was alone", async () => {
  const calls = new PendingCalls();
  expect(await failAll(calls, [add(calls, true, true), add(calls, false, true)])).toEqual([true, "true", "false"]);
});

test("failAll() suspects nothing when two were in flight", async () => {
  const calls = new PendingCalls();
  expect(await failAll(calls, [add(calls, true, true), add(calls, true, true)])).toEqual([false, "false", "false"]);
});

test("failAll() leaves out a call that was never sent", async () => {
  const unsent = new PendingCalls();
  expect(await failAll(unsent, [add(unsent, true, false)])).toEqual([false, "false"]);
  const beside = new PendingCalls();
  expect(await failAll(beside, [add(beside, true, true), add(beside, true, false)])).toEqual([true, "true", "false"]);
});
