// `termite __probe nvml`: asks the NVIDIA driver's management library, in a process that may hang or die of it.
import { writeSync } from "node:fs";
import { formatError } from "../../errors.ts";
import { findNvml, NVML_LIBRARY, readNvmlReport } from "../../ffi/nvml.ts";
import { formatAnswer } from "../child-process.ts";
import type { NvmlAnswer } from "./nvml-answer.ts";

/** Always 0 when it answered, be the answer an error. */
export function runNvml(): number {
  writeSync(1, formatAnswer(askNvml()));
  return 0;
}

function askNvml(): NvmlAnswer {
  try {
    const nvml = findNvml();
    return nvml === undefined ? { error: `${NVML_LIBRARY} is not there`, isMissing: true } : readNvmlReport(nvml);
  } catch (error) {
    return { error: formatError(error) };
  }
}
