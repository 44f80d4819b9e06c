// The head for vectors whose length is not made 1: a model's own one without the Normalize at its end. Pure.
import type { Head } from "../../heads/head.ts";
import { HEAD_NAMES } from "../../models/manifest.ts";

const RAW_HEAD = "embed-raw";

export type Heads = Readonly<Record<string, Head>>;

/**
 * With one head more where the model normalizes at the end. Both name the same Dense steps: what is one array here
 * crosses to the runner, and is held there, once.
 */
export function addRawHead(heads: Heads): Heads {
  const head = heads[HEAD_NAMES.embed];
  if (!isNormalized(head)) return heads;
  return { ...heads, [RAW_HEAD]: { ...head, steps: head.steps.slice(0, -1) } };
}

/** The name of the head that gives vectors as pooling and Dense leave them. */
export function resolveRawHead(heads: Heads): string {
  return isNormalized(heads[HEAD_NAMES.embed]) ? RAW_HEAD : HEAD_NAMES.embed;
}

function isNormalized(head: Head | undefined): head is Extract<Head, { kind: "pool" }> {
  return head?.kind === "pool" && head.steps.at(-1)?.kind === "normalize";
}
