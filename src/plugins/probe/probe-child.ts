// The hidden `termite __probe engine REQUEST` and `termite __probe nvml`: native libraries are tried in a process that
// may die of them. Answers stand on standard output, each in a marked line.
import { writeSync } from "node:fs";
import * as v from "valibot";
import { openOwnProcess } from "../../ffi/libc.ts";
import { openPreloads } from "../../ffi/preload.ts";
import { createJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import type { ProbeRequest } from "./probe-report.ts";

const RequestSchema = v.object({
  engine: v.picklist(["onnx", "xla"]),
  device: v.picklist(["cpu", "cuda", "tpu"]),
  libraryPath: v.string(),
  preload: v.exactOptional(v.array(v.string())),
  until: v.exactOptional(v.literal("version")),
}) satisfies v.GenericSchema<unknown, ProbeRequest>;

const FAILED = 1;
const USAGE = 2;

/** Resolves to the exit code: 0 answered and all is well, 1 answered with a failure, 2 usage. */
export async function runProbe(argv: readonly string[]): Promise<number> {
  const [kind, ...rest] = argv;
  // A hung driver must not outlive the parent.
  openOwnProcess().setDeathWithParent();
  if (kind === "nvml") return (await import("../detect/nvml-child.ts")).runNvml();
  return kind === "engine" ? await runEngineProbe(rest) : USAGE;
}

/** `argv` is one request as JSON. */
async function runEngineProbe([text = ""]: readonly string[]): Promise<number> {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), RequestSchema), text);
  if (!request.success) return USAGE;
  const journal = createJournal((answer) => void writeSync(1, answer));
  try {
    await probe(request.output, journal);
    return 0;
  } catch (error) {
    journal.fail(error);
    return FAILED;
  }
}

async function probe(request: ProbeRequest, journal: Journal): Promise<void> {
  openPreloads(request.preload ?? []);
  if (request.engine === "onnx") (await import("./probe-onnx.ts")).probeOnnx(request, journal);
  else (await import("./probe-xla.ts")).probeXla(request, journal);
}
