// What commands that ask a model without a server share: the model is chosen, the engine opened, Ctrl-C ends the work
// with 130, and everything is closed whatever happens.
import type { Config } from "../config/config.ts";
import { TermiteError } from "../errors.ts";
import type { Task } from "../task.ts";
import type { Invocation } from "./command.ts";
import { openContext } from "./context.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { readFlagText } from "./flag-values.ts";
import { createInterrupt } from "./interrupt.ts";

export interface OneShot {
  engine: Engine;
  /** What `--model` says, else the task's `default_model`. */
  model: string;
  signal: AbortSignal;
}

export interface OneShotOptions {
  /** As typed after `termite`. */
  command: string;
  task: Task;
}

/** 0 when `work` is through. A `usage` error before anything is opened where no model is named for the task. */
export async function runOneShot(
  invocation: Invocation,
  options: OneShotOptions,
  work: (shot: OneShot) => Promise<void>,
): Promise<number> {
  const context = await openContext(invocation, { quiet: true });
  const model = resolveModel(invocation, context.loaded.config, options);
  const interrupt = createInterrupt();
  try {
    await workOnEngine(await openEngine(context, interrupt.signal), { model, signal: interrupt.signal }, work);
    return 0;
  } finally {
    interrupt.close();
  }
}

async function workOnEngine(
  engine: Engine,
  shot: Omit<OneShot, "engine">,
  work: (shot: OneShot) => Promise<void>,
): Promise<void> {
  try {
    await work({ ...shot, engine });
  } finally {
    await engine.close();
  }
}

function resolveModel(invocation: Invocation, { defaultModels }: Config, { command, task }: OneShotOptions): string {
  const model = readFlagText(invocation, "model") ?? defaultModels[task];
  if (model !== undefined) return model;
  const found = `found neither --model nor a default_model for "${task}"`;
  throw new TermiteError("usage", `Cannot run "termite ${command}": ${found}`, {
    hint: `Add --model MODEL, or set default_model.${task} in termite.yaml ("termite models" lists what there is)`,
  });
}
