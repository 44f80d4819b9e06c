// Everything "npm test" checks, and at its end what failed, and the count: "N passed, N failed, N skipped". A failed step
// counts as one failure.
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseJunit } from "./parse-junit.mjs";
import { runStep } from "./run-step.mjs";

/** Longest a test may take that sets no limit of its own: machines with two busy cores run them too. */
const TEST_TIMEOUT_MS = 30_000;

/**
 * @param {{ root: string, bun: string, env: NodeJS.ProcessEnv }} tools
 * @returns {Promise<number>} exit code
 */
export async function runTests(tools) {
  const failedSteps = [];
  for (const [name, command] of Object.entries({
    typecheck: [tools.bun, "run", "typecheck"],
    lint: [tools.bun, "run", "lint"],
    build: [tools.bun, "build.ts"],
  })) {
    if ((await runStep(name, command, tools)) !== 0) failedSteps.push(name);
  }
  // End-to-end tests must not judge an older executable.
  const counts = failedSteps.includes("build") ? { passed: 0, failed: [], skipped: [] } : await runBunTest(tools);
  const failed = [...failedSteps, ...counts.failed];
  for (const line of failed) console.log(`failed: ${line}`);
  for (const name of counts.skipped) console.log(`skipped: ${name}`);
  console.log(`${counts.passed} passed, ${failed.length} failed, ${counts.skipped.length} skipped`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {{ root: string, bun: string, env: NodeJS.ProcessEnv }} tools */
async function runBunTest(tools) {
  const report = join(tools.root, ".cache", "junit.xml");
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });
  // Thousands of lines of passed tests would bury the one that matters.
  const shown = process.stdout.isTTY ? "--dots" : "--only-failures";
  const options = [shown, "--reporter=junit", `--reporter-outfile=${report}`, `--timeout=${TEST_TIMEOUT_MS}`];
  const exitCode = await runStep("test", [tools.bun, "test", ...options], tools);
  const counts = parseJunit(await readFile(report, "utf8").catch(() => ""));
  // A file that cannot be loaded, or a crash, is in the exit code and not in the report.
  if (exitCode !== 0 && counts.failed.length === 0) counts.failed.push("test");
  return counts;
}
