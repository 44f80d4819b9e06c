import { expect, test } from "bun:test";
import { ProgramLog } from "../../src/runners/program-log.ts";
import { createTestLog } from "../fixtures/test-runner.ts";

const count = (ready: number, planned: number) => ({ weightBytes: 1, programBytes: 1, ready, planned });
const nameOf = (key: string): string => `model ${key}`;

test("note() tells once of each model whose programs are all ready", () => {
  const { log, lines } = createTestLog();
  const programs = new ProgramLog(log);
  programs.note({ a: count(1, 3), b: count(2, 2), host: count(0, 0) }, nameOf);
  programs.note({ a: count(3, 3), b: count(2, 2) }, nameOf);
  programs.note({ a: count(3, 4), b: count(2, 2) }, nameOf);
  programs.note({ a: count(4, 4) }, nameOf);
  const every = (model: string, planned: number) => ({ level: "info", message: "every program is ready", fields: { model, programs: planned } });
  expect(lines).toEqual([every("model b", 2), every("model a", 3)]);
  // It was unloaded meanwhile.
  programs.note({ b: count(2, 2) }, nameOf);
  expect(lines[2]).toEqual(every("model b", 2));
});
