// What "npm start" and "npm test" run: needs Node and npm only, brings its own Bun, installs what bun.lock names.
// Dependency-free plain JavaScript, because nothing is installed when it starts.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./bootstrap/install.mjs";
import { createToolEnvironment, resolveBun } from "./bootstrap/resolve-bun.mjs";
import { runStep } from "./bootstrap/run-step.mjs";
import { serve } from "./bootstrap/serve.mjs";
import { runTests } from "./bootstrap/run-tests.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...rest] = process.argv.slice(2);

async function main() {
  if (Number.parseInt(process.versions.node, 10) < 18)
    throw new Error(`Cannot start: found Node ${process.versions.node}, need 18`);
  if (command !== "start" && command !== "test")
    throw new Error(`Cannot run "${command ?? ""}": need "start" or "test"`);
  const bun = await resolveBun(root, createToolEnvironment(root, process.env));
  const tools = { root, bun: bun.path, env: bun.env };
  if (!(await installPackages(tools))) return 1;
  if (command === "test") return runTests(tools);
  if ((await runStep("build", [tools.bun, "build.ts"], tools)) !== 0) return 1;
  return serve(join(root, "dist", "termite"), ["serve", ...rest]);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
