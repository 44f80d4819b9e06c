// The one question that an install asks, and only a person at a terminal: whether its licences are accepted and its space
// may be taken.
import { createInterface } from "node:readline/promises";
import { TermiteError } from "../../errors.ts";
import { formatBytes } from "../../format-bytes.ts";
import type { InstallPlan } from "../../plugins/install/events.ts";

/** Licences that ask nothing of who only runs a program. */
const OPEN = /^(Apache-2\.0|MIT|ISC|Zlib|BSD-[23]-Clause)$/;
/** Less is not worth a question. */
const MUCH_BYTES = 1_000_000_000;

/** Pure. `undefined` where there is nothing to ask. */
export function formatQuestion(plans: readonly InstallPlan[]): string | undefined {
  const licences = [...new Set(plans.flatMap((plan) => plan.licences))].filter((licence) => !OPEN.test(licence));
  const diskBytes = plans.reduce((sum, plan) => sum + plan.diskBytes, 0);
  const parts = [
    ...(licences.length === 0 ? [] : [`accept ${licences.map((licence) => `"${licence}"`).join(", ")}`]),
    ...(diskBytes < MUCH_BYTES ? [] : [`take ${formatBytes(diskBytes)} of disk`]),
  ];
  return parts.length === 0 ? undefined : `Install ${plans.map(({ name }) => name).join(", ")}: ${parts.join(" and ")}? [y/N] `;
}

/** Rejects with `plugin_refused` unless the answer is yes. */
export async function askAtTerminal(plans: readonly InstallPlan[], signal: AbortSignal): Promise<void> {
  const question = formatQuestion(plans);
  if (question === undefined) return;
  // Not as a terminal: the kernel's own line editing stays, and Ctrl-C is a signal.
  const input = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    // The end of the input is an answer too: Ctrl-D.
    const ending = new Promise<string>((resolve) => input.once("close", () => resolve("")));
    const answer = await Promise.race([input.question(question, { signal }), ending]);
    if (/^\s*(y|yes)\s*$/i.test(answer)) return;
  } finally {
    input.close();
  }
  const names = plans.map(({ name }) => `"${name}"`).join(", ");
  throw new TermiteError("plugin_refused", `Cannot install ${names}: it was not agreed to`, {
    hint: "Answer y, or run it with --yes",
  });
}

export function isAtTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
