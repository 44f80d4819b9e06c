import { expect, test } from "bun:test";
import { Turn } from "../../src/tokenizers/turn.ts";
import { rejection } from "../fixtures/test-runner.ts";

test("take() calls one task at a time, in order, also after one that failed", async () => {
  const turn = new Turn();
  const steps: string[] = [];
  const task = (name: string, fails = false) => async () => {
    steps.push(`${name} begins`);
    await Bun.sleep(1);
    steps.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const [a, b, c] = [turn.take(task("a")), turn.take(task("b", true)), turn.take(task("c"))];
  expect(await rejection(b)).toEqual(new Error("b"));
  expect([await a, await c]).toEqual(["a", "c"]);
  expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});
