import { describe, expect, test } from "bun:test";
import { runChild } from "./run-child.ts";

const FIRST = { first: true, aborted: true };
const readScene = async (scene: string, signal: string) => JSON.parse((await runChild([scene, signal])).stderr);

describe("createStopSignals()", () => {
  test.each([["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]])(
    "stops at the first signal and ends at a later %s with exit code %d",
    async (name, second) => {
      expect(await readScene("laterSignal", name)).toEqual({ before: FIRST, after: { ...FIRST, second } });
    },
  );

  test.each(["SIGINT", "SIGTERM"])("takes SIGINT and %s for one when they arrive together", async (name) => {
    expect(await readScene("doubledSignal", name)).toEqual(FIRST);
  });
});
