import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHeldBytes } from "../../../src/plugins/install/held-bytes.ts";
import { planInstall } from "../../../src/plugins/install/plan-install.ts";
import { makeFacts } from "../checks/make-facts.ts";
import { createPlugin } from "../store/make-plugin.ts";

const folder = mkdtempSync(join(tmpdir(), "termite-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { lock } = createPlugin({ "a/library.so": "library ".repeat(100), "b/small": "small", "c/tool": "#! tool" });
const objects = { has: () => false };

test("planInstall() counts neither as fetched nor as new space what an interrupted download left", () => {
  const [library, , tool] = lock.wheels.flatMap(({ files }) => files);
  mkdirSync(join(folder, ".partial"));
  // Of a tool that may be run, the file of the same bytes that may not, a joined download, and one with too much.
  for (const [name, bytes] of [[`${library?.sha256}-0.piece`, 300], [`${library?.sha256}-1.piece`, 200], [`${tool?.sha256}-0.piece`, 5],
    [`${tool?.sha256}.x-0.piece`, 9000], [`${library?.sha256}.run`, 7], ["notes", 7]] as const) {
    writeFileSync(join(folder, ".partial", name), Buffer.alloc(bytes));
  }
  const [whole] = planInstall([lock], { objects, facts: makeFacts() });
  const [rest] = planInstall([lock], { objects, facts: makeFacts(), heldBytes: readHeldBytes(folder) });
  expect([whole?.downloadBytes, whole?.diskBytes]).toEqual([812, 1612]);
  expect([rest?.downloadBytes, rest?.diskBytes, rest?.wheels[0]?.fetchBytes]).toEqual([305, 1105, 305]);
  expect(rest?.checks.find(({ name }) => name === "space")?.needed).toBe("1.1 kB");
});

test("readHeldBytes() finds nothing where nothing is", () => {
  expect(readHeldBytes(join(folder, "none"))({ sha256: "0".repeat(64), mode: 0o444, compressedBytes: 9 })).toBe(0);
});
