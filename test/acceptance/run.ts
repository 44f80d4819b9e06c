// `bun run acceptance [--with-torch] [--schemathesis-examples=N]`: drives the compiled file with the tools and clients of the world outside; one line per check.
// Needs python3 with its package index, mvn, strace, unshare, ip, mount, bash, zsh, fish. What is missing fails the lines that need it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkClients } from "./check-clients.ts";
import { checkMaps } from "./check-maps.ts";
import { checkMoreClients } from "./check-more-clients.ts";
import { checkNetwork } from "./check-network.ts";
import { checkPjrt } from "./check-pjrt.ts";
import { checkPublish } from "./check-publish.ts";
import { checkSchemathesis, parseExamples } from "./check-schemathesis.ts";
import { checkShells } from "./check-shells.ts";
import { checkStorage } from "./check-storage.ts";
import { checkTasks } from "./check-tasks.ts";
import { checkTokenizers } from "./check-tokenizers.ts";
import { createTaskModels } from "./task-models.ts";
import { checkControls, checkVectors } from "./check-vectors.ts";
import type { Setting } from "./check-vectors.ts";
import { checkWeights } from "./check-weights.ts";
import { openModelsFolder } from "./model-folders.ts";
import { checkExecutable, createCacheFolder, createTemporaryFolder } from "./places.ts";
import { openPython } from "./python.ts";
import { readTexts } from "./references.ts";
import { createReport } from "./report.ts";
import type { Report } from "./report.ts";
import { readVersion, startTermite } from "./termite.ts";

/** One server for everything that needs no special surroundings. */
async function checkServing(report: Report, texts: readonly string[]): Promise<void> {
  const [python, models] = [await openPython(), await openModelsFolder()];
  // Checks ask for the same texts in several ways: each has to run.
  const termite = await startTermite({ home: createTemporaryFolder("home"), flags: ["--models-dir", models, "--cache-mb", "0"] });
  const setting: Setting = { url: termite.url, models, python, texts };
  await checkMaps(report, setting, termite.pid);
  await checkVectors(report, setting);
  await checkControls(report, setting);
  await checkWeights(report, setting);
  await checkClients(report, setting);
  await checkTokenizers(report, python, join(models, "bge-small-en-v1.5", "tokenizer.json"));
  await report.check("stops on SIGTERM with 0", async () => {
    const { code } = await termite.stop();
    if (code !== 0) throw new Error(`exit code ${code}`);
    return "exit code 0";
  });
}

/** A model for every task but entities, as default of its task. */
function createTaskFlags(): string[] {
  const models = createTaskModels();
  const file = join(createTemporaryFolder("config"), "termite.yaml");
  const named = { rerank: "reranker-tiny", classify: "polarity-tiny", sparse: "splade-tiny" };
  for (const name of Object.values(named)) models.openShared(name);
  writeFileSync(file, JSON.stringify({ default_model: { embed: "all-minilm-l6-v2:int8", ...named } }));
  return ["--config", file, "--models-dir", models.folder];
}

const report = createReport();
const texts = readTexts();
createCacheFolder();
await report.check("the compiled file runs", async () => {
  checkExecutable();
  return readVersion();
});
await report.check("one server for all vectors and clients", async () => {
  await checkServing(report, texts);
  return "every line above was run on it";
});
await checkNetwork(report, texts);
await checkStorage(report, texts);
await checkPublish(report);
await checkPjrt(report);
await checkShells(report);
await checkTasks(report);
await checkMoreClients(report);
const examples = parseExamples(process.argv);
await checkSchemathesis(report, { flags: createTaskFlags(), ...(examples === undefined ? {} : { examples }) });
process.exitCode = report.close() ? 0 : 1;
