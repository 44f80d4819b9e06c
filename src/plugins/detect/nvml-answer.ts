// What NVML says of a machine, or stands in for it: one shape for the child's answer and for `TERMITE_FAKE_NVML`.
import * as v from "valibot";

const Text = v.pipe(v.string(), v.nonEmpty());
const NO_VERSION = 'Invalid version: Expected digits and dots such as "580.65.06"';
const Version = v.pipe(v.string(), v.regex(/^\d+(\.\d+)*$/, NO_VERSION));

const NvmlReportSchema = v.object({
  driverVersion: Version,
  cudaDriverVersion: v.optional(Version),
  devices: v.array(
    v.object({
      name: Text,
      uuid: v.optional(Text),
      computeCapability: Version,
      memoryBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
  ),
  /** NVML's words for each GPU that does not answer. */
  failures: v.optional(v.array(Text)),
});

const NvmlErrorSchema = v.object({
  error: Text,
  /** There is no NVML here at all, which says nothing of the GPU. */
  isMissing: v.optional(v.boolean()),
});

export type NvmlReport = v.InferOutput<typeof NvmlReportSchema>;
export type NvmlError = v.InferOutput<typeof NvmlErrorSchema>;
export type NvmlAnswer = NvmlReport | NvmlError;

export function isNvmlError(answer: NvmlAnswer): answer is NvmlError {
  return "error" in answer;
}

/** The answer, or what is wrong with it: `devices.0.name: Invalid type: Expected string but received 5`. */
export function parseNvmlAnswer(value: unknown): { answer: NvmlAnswer } | { problems: string[] } {
  const isError = typeof value === "object" && value !== null && "error" in value;
  const schema: typeof NvmlErrorSchema | typeof NvmlReportSchema = isError ? NvmlErrorSchema : NvmlReportSchema;
  const result = v.safeParse(schema, value);
  return result.success ? { answer: result.output } : { problems: result.issues.map(formatIssue) };
}

function formatIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
