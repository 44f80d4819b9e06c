// Zero-shot classification, in whatever dialect it is asked for: what is left out, and how much of it there may be.
import { TermiteError } from "../errors.ts";
import { DEFAULT_HYPOTHESIS, type ZeroShotRequest } from "../pipelines/tasks.ts";
import { parseTexts } from "./body/texts.ts";
import type { ServerDeps } from "./deps.ts";

interface LabelFields {
  texts: readonly string[];
  labels: readonly string[];
  template: string | null | undefined;
  multiLabel: boolean | null;
}

/** The fields that hold them, for messages. */
interface LabelNames {
  labels: string;
  template: string;
}

export function createLabelWork(
  { texts, labels, template, multiLabel }: LabelFields,
  { inputs, textBytes }: ServerDeps["limits"],
  names: LabelNames,
): Pick<ZeroShotRequest, "texts" | "labels" | "hypothesisTemplate" | "multiLabel"> {
  checkPairCount(texts.length * labels.length, inputs, names.labels);
  parseTexts(labels, textBytes, { param: names.labels, verb: "classify" });
  parseTexts(template ?? DEFAULT_HYPOTHESIS, textBytes, { param: names.template, verb: "classify" });
  return { texts, labels, hypothesisTemplate: template ?? DEFAULT_HYPOTHESIS, multiLabel: multiLabel ?? false };
}

/** Each text is run with each label: that is what costs. */
function checkPairCount(count: number, limit: number, param: string): void {
  if (count <= limit) return;
  const message = `Cannot classify ${count} pairs of text and label in one request: the limit is ${limit}`;
  throw new TermiteError("too_many_inputs", message, { details: { param, found: count, limit } });
}
