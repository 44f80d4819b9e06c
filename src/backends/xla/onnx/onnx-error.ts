// Errors of the reader: one grammar for every broken file. They name nodes and tensors, never a path.
import { TermiteError } from "../../../errors.ts";

/** `found` ends the sentence: what is wrong with the file. */
export const brokenModel = (found: string, cause?: unknown): TermiteError =>
  new TermiteError("model_load_failed", `Cannot read the model: ${found}`, cause === undefined ? {} : { cause });

/** A file that is right, with something in it that this converter does not know. */
export const unsupportedModel = (found: string): TermiteError =>
  new TermiteError("unsupported_model", `Cannot convert the model: ${found}`);

/** Names are a stranger's text: shortened, so that one cannot fill a log. */
export const quote = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
