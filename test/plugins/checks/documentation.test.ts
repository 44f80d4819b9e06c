// docs/plugins.md names every refusal with its remedy: what the code says and what people read are held together here.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks } from "../../../src/plugins/checks/run-checks.ts";
import { detectHardware } from "../../../src/plugins/detect/detect-hardware.ts";
import { parseNvmlAnswer } from "../../../src/plugins/detect/nvml-answer.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import type { InstallCheck } from "../../../src/plugins/install/events.ts";
import { SYSTEMS } from "../../fixtures/systems/systems.ts";
import type { SystemFixture, SystemName } from "../../fixtures/systems/systems.ts";
import { writeSystem } from "../../fixtures/systems/write.ts";
import { makeFacts, makePlainLock } from "./make-facts.ts";
import { REFUSALS } from "./refusals.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../../docs/plugins.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "termite-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `| found …, need … | remedy |` */
function formatRow({ found, needed, remedy = "" }: Omit<InstallCheck, "ok">): string {
  const [problem, action] = [`found ${found}, need ${needed}`, remedy].map((cell) => cell.replaceAll("|", "\\|"));
  return `| ${problem} | ${action} |`;
}

describe("docs/plugins.md", () => {
  test.each(REFUSALS.map(({ refusal }) => [formatRow(refusal)]))("has %s", (row) => {
    expect(PAGE).toContain(`\n${row}\n`);
  });

  test.each(Object.keys(SYSTEMS) as SystemName[])("has what an install says on the machine %s", async (name) => {
    const fixture: SystemFixture = SYSTEMS[name];
    const { environment } = writeSystem(name, join(folder, name));
    const system = createSystem({ environment, platform: { os: "linux", arch: "x64" } });
    const parsed = parseNvmlAnswer(fixture.nvml);
    const hardware = await detectHardware(system, { readNvml: async () => ("answer" in parsed ? parsed.answer : undefined) });
    const locks = [makePlainLock({ needs: { glibc: "2.27", driver: "525.60.13", computeCapability: "5.2" } }), makePlainLock({ variant: "tpu", needs: { glibc: "2.27" } })];
    const failed = locks.flatMap((lock) => runChecks(lock, makeFacts({ hardware }), 0)).filter(({ ok }) => !ok);
    for (const check of failed) expect(PAGE).toContain(`\n${formatRow(check)}\n`);
  });

  test("names every command of the group and every flag of an install", () => {
    for (const word of ["list", "install", "remove", "verify", "update", "rollback", "export", "gc"]) expect(PAGE).toContain(`termite plugin ${word}`);
    for (const flag of ["--dry-run", "--force", "--no-probe", "--from", "--yes", "--json", "--quiet", "--offline", "--split"]) expect(PAGE).toContain(flag);
  });
});
