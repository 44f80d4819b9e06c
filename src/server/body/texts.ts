// What is refused about a request's texts before any work is done: how many, and how long each is.
import { TermiteError } from "../../errors.ts";
import { formatPath } from "./problems.ts";

/** How a message names the texts. */
export interface TextsName {
  /** The field that holds them: "input" when absent. */
  param?: string;
  /** What was to be done with them: "embed" when absent. */
  verb?: string;
}

/** Cheap on a list of any length: comes before the elements are looked at. */
export function checkTextCount(input: unknown, limit: number, { param = "input", verb = "embed" }: TextsName = {}): void {
  if (!Array.isArray(input) || input.length <= limit) return;
  throw new TermiteError(
    "too_many_inputs",
    `Cannot ${verb} ${input.length} texts in one request: the limit is ${limit}`,
    {
      details: { param, found: input.length, limit },
    },
  );
}

/** A string or a list of strings as a list, each at most `limitBytes` long in UTF-8. */
export function parseTexts(
  input: string | readonly string[],
  limitBytes: number,
  { param = "input", verb = "embed" }: TextsName = {},
): readonly string[] {
  if (typeof input === "string") {
    checkTextSize(input, { param, verb }, limitBytes);
    return [input];
  }
  input.forEach((text, index) => checkTextSize(text, { param: formatPath([param, index]), verb }, limitBytes));
  return input;
}

/** `text_too_large` for more than `limitBytes` of UTF-8. */
export function checkTextSize(text: string, { param, verb }: Required<TextsName>, limitBytes: number): void {
  // A UTF-16 unit is at most three bytes in UTF-8: most texts need no count.
  if (text.length * 3 <= limitBytes) return;
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= limitBytes) return;
  const message = `Cannot ${verb} ${param}: found ${sizeBytes} bytes of text, the limit is ${limitBytes}`;
  throw new TermiteError("text_too_large", message, { details: { param, found: sizeBytes, limit: limitBytes } });
}
