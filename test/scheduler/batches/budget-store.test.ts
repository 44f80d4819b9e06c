import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBudgetStore } from "../../../src/scheduler/batches/budget-store.ts";

const root = mkdtempSync(join(tmpdir(), "termite-batches-"));
afterAll(() => rmSync(root, { recursive: true }));

const RECORD = { maxTokens: 1024, runTokens: 12 };
const create = (name: string, identity = "one engine") => {
  const folder = join(root, name);
  return { folder, store: createBudgetStore({ folder, identity: () => identity }) };
};

describe("createBudgetStore()", () => {
  test("reads what was written, for the same model on the same engine alone", async () => {
    const { folder, store } = create("written");
    expect(await store.read("model")).toBeUndefined();
    await store.write("model", RECORD);
    expect(await store.read("model")).toEqual(RECORD);
    expect(await store.read("another")).toBeUndefined();
    expect(await create("written", "another engine").store.read("model")).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test.each([
    ["cut off", '{"version":1,"maxTok'],
    ["empty", ""],
    ["of another version", '{"version":2,"maxTokens":1,"runTokens":1}'],
    ["no number", '{"version":1,"maxTokens":"many","runTokens":1}'],
    ["negative", '{"version":1,"maxTokens":-1,"runTokens":1}'],
  ])("takes a file for none when it is %s", async (_, text) => {
    const { folder, store } = create("damaged");
    await store.write("model", RECORD);
    const [file = ""] = readdirSync(folder);
    writeFileSync(join(folder, file), text);
    expect(await store.read("model")).toBeUndefined();
  });

  test("rejects when the disk refuses, and leaves nothing behind", async () => {
    const { folder, store } = create("refused");
    writeFileSync(folder, "a file");
    expect(await store.write("model", RECORD).catch((error: unknown) => error)).toBeInstanceOf(Error);
  });
});
