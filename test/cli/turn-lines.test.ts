// Log lines of one turn of the event loop.
import { expect, test } from "bun:test";
import { TurnLines } from "../../src/cli/turn-lines.ts";

test("add() writes the lines of one turn together, in order", async () => {
  const written: string[] = [];
  const lines = new TurnLines((text) => void written.push(text));
  lines.add("a\n");
  lines.add("b\n");
  expect(written).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  lines.add("c\n");
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

test("flush() writes what waits at once, and nothing twice", async () => {
  const written: string[] = [];
  const lines = new TurnLines((text) => void written.push(text));
  lines.add("a\n");
  lines.flush();
  lines.flush();
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toEqual(["a\n"]);
});
