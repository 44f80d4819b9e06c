import { describe, expect, test } from "bun:test";
import { raceAbort } from "../src/race-abort.ts";
import { rejection } from "./fixtures/test-runner.ts";

const never = new Promise<never>(() => {});

describe("raceAbort()", () => {
  test("gives the promise's value when there is no signal, or none that aborts", async () => {
    expect(await raceAbort(Promise.resolve(1), undefined)).toBe(1);
    expect(await raceAbort(Promise.resolve(2), new AbortController().signal)).toBe(2);
  });

  test("gives the promise's own rejection", async () => {
    const error = new Error("own");
    expect(await rejection(raceAbort(Promise.reject(error), new AbortController().signal))).toBe(error);
  });

  test("rejects with the signal's reason when it aborts first, and when it has aborted before", async () => {
    const abort = new AbortController();
    const raced = raceAbort(never, abort.signal);
    abort.abort("left");
    expect(await rejection(raced)).toBe("left");
    expect(await rejection(raceAbort(Promise.resolve(1), abort.signal))).toBe("left");
  });

  test("leaves no listener on a signal that outlives it", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => void listeners++;
    signal.removeEventListener = () => void listeners--;
    await raceAbort(Promise.resolve(1), signal);
    expect(listeners).toBe(0);
  });
});
