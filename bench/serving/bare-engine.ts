// The bare engine in the form that is best for a cell: several are tried.
import { join } from "node:path";
import type { Libraries } from "../xla/libraries.ts";
import { formatForm, parseForm } from "./bare/form.ts";
import type { BareForm } from "./bare/form.ts";
import type { Figures, Load } from "./client/load.ts";
import type { LoadClient } from "./load-client.ts";
import type { BenchModel } from "./model.ts";

export interface BareEngines {
  /** Starts this form in place of the one before; its process id. */
  open(form: BareForm): Promise<number>;
}

export function createBareEngines(client: LoadClient, libraries: Libraries, { tokenizerFile, graphFile, pooling }: BenchModel): BareEngines {
  const entry = join(import.meta.dir, "bare", "engine.ts");
  const command = [process.execPath, entry, libraries.onnxruntime, libraries.tokenizers, tokenizerFile, graphFile, pooling];
  return { open: (form) => client.openBare([...command, formatForm(form)]) };
}

const BUDGETS = [128, 256, 512];
const PADDINGS = [5, 15];

/** Of one form, in each round. */
export const TRIAL = { warmUpSeconds: 0.5, seconds: 1.5 };
/** Whatever else the machine does hits one form in one round, not the same one in each. */
const ROUNDS = 3;

/** `score` of a form's figures: larger is better; the best of its rounds counts. */
export async function findBestForm(
  forms: readonly BareForm[], score: (figures: Figures) => number,
  { engines, client, load }: { engines: BareEngines; client: LoadClient; load: Omit<Load, "first" | "pid"> },
): Promise<{ form: BareForm; tried: Record<string, number> }> {
  const tried: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const form of forms) {
      const pid = await engines.open(form);
      const found = score(await client.load({ ...load, pid }));
      tried[formatForm(form)] = Math.max(tried[formatForm(form)] ?? 0, found);
    }
  }
  const [best = ""] = Object.keys(tried).sort((a, b) => (tried[b] ?? 0) - (tried[a] ?? 0));
  return { form: parseForm(best), tried };
}

/** Under load: as many Workers as cores, each run on one core or on all. */
export function listLoadedForms(cores: number): BareForm[] {
  return BUDGETS.flatMap((maxTokens) => PADDINGS.flatMap((paddingPercent) => {
    return [1, cores].map((intraOp) => ({ workers: cores, intraOp, maxTokens, paddingPercent, ahead: 0 }));
  }));
}

/** For a lone text: every core for the one run, on a Worker or without one. */
export function listLoneForms(cores: number): BareForm[] {
  return [0, 1].map((workers) => ({ workers, intraOp: cores, maxTokens: 256, paddingPercent: 0, ahead: 0 }));
}
