// A Python environment of its own in the cache folder, with the official clients and the reference libraries.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE } from "./places.ts";

const PACKAGES = [
  "numpy==2.4.6", "ollama==0.6.3", "onnxruntime==1.30.0", "openai==3.54.0", "safetensors==0.8.0", "tokenizers==0.23.3",
];

/** Path of the environment's interpreter; made on the first call, again when the list of packages changes. */
export async function openPython(name = "venv", packages: readonly string[] = PACKAGES): Promise<string> {
  const folder = join(CACHE, name);
  const python = join(folder, "bin", "python");
  const marker = join(folder, "packages.txt");
  if (existsSync(marker) && readFileSync(marker, "utf8") === packages.join("\n")) return python;
  await runGood(["python3", "-m", "venv", "--clear", folder]);
  await runGood([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  writeFileSync(marker, packages.join("\n"));
  return python;
}

/** Adds one package without its dependencies. */
export async function addPackage(python: string, requirement: string): Promise<void> {
  await runGood([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", requirement]);
}

/** Names of the packages that pip would install for `requirement`, without installing them. */
export async function planPackages(python: string, requirement: string): Promise<string[]> {
  const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run", "--report", "-"];
  const plan: { install: { metadata: { name: string } }[] } = JSON.parse(await runGood([...pip, requirement]));
  return plan.install.map((entry) => entry.metadata.name);
}
