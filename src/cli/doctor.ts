// `termite doctor`: what this machine can do, and why not more. The composition of its edges, and its two forms of output.
import { createChildEnvironment } from "../config/env.ts";
import { configFlagOptions } from "../config/flags.ts";
import { CHECKS } from "../doctor/checks.ts";
import { createReport, resolveExitCode } from "../doctor/create-report.ts";
import { createExamination } from "../doctor/examination.ts";
import type { Examination } from "../doctor/examination.ts";
import type { DoctorReport } from "../doctor/finding.ts";
import { readHardware } from "../doctor/machine/read-hardware.ts";
import { tryModel } from "../doctor/settings/try-model.ts";
import { formatOverrides } from "../plugins/detect/detect-hardware.ts";
import { readRuntime } from "../plugins/environment/read-runtime.ts";
import { probeEngine } from "../plugins/probe/probe-engine.ts";
import { createRunChild } from "../plugins/run-child.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { TARGETS } from "../target.ts";
import { childCommand } from "./child-command.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import type { Context } from "./context.ts";
import { formatReport } from "./doctor-text.ts";
import { createInterrupt } from "./interrupt.ts";
import type { Interrupt } from "./interrupt.ts";
import { openMachine } from "./machine.ts";
import { readStdoutLook, writeData } from "./output.ts";
import { createStatusLine } from "./progress.ts";
import { openAssets, openStore } from "./store.ts";

/** Who waits less than this need not be told what is going on. */
const QUIET_MS = 1_000;

export const doctorCommand = createCommand({
  name: "doctor",
  summary: "what this machine can do, and what stands in the way of more",
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite doctor", "a finding a line, each with its remedy; exit code 1 when something configured cannot work"],
    ["termite doctor --offline --json", "the same for scripts, without asking the package index"],
  ],
  run: runDoctor,
});

async function runDoctor(invocation: Invocation): Promise<number> {
  const context = await openContext(invocation, { quiet: true });
  const interrupt = createInterrupt();
  try {
    const report = await examine(openExamination(context, invocation, interrupt.signal), interrupt);
    const isJson = invocation.flags["json"] === true;
    writeData(isJson ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, readStdoutLook(invocation.flags)));
    return resolveExitCode(report);
  } finally {
    interrupt.close();
  }
}

async function examine(examination: Examination, interrupt: Interrupt): Promise<DoctorReport> {
  const open = new Set(CHECKS.map(({ id }) => id));
  const line = createStatusLine();
  const show = () => line.show(`looking at ${[...open][0]} (${open.size} of ${CHECKS.length} left)`);
  const timer = setInterval(show, QUIET_MS);
  const work = createReport(examination, CHECKS, (id) => open.delete(id));
  try {
    // At Ctrl-C, who waits for a driver is left behind, and dies with this process.
    return await interrupt.race(work);
  } finally {
    clearInterval(timer);
    line.clear();
  }
}

function openExamination(context: Context, { flags }: Invocation, signal: AbortSignal): Examination {
  const { loaded, environment, log } = context;
  const { config } = loaded;
  const { system, platform, detectHardware, search } = openMachine({ config, environment });
  const { TERMITE_FAKE_NVML: _, ...own } = environment;
  for (const override of formatOverrides(environment)) log.warn("hardware is not this machine's own", { override });
  const assets = openAssets(config.home, createChildEnvironment(environment), signal);
  const runChild = createRunChild(childCommand("__probe"));
  const looks = { detectHardware, detectOwnHardware: openMachine({ config, environment: own }).detectHardware };
  return createExamination({
    loaded, environment, system, platform, detectHardware, assets, signal,
    assetNames: readBuildInfo().assets.map(({ name }) => name),
    store: openStore({ loaded, log, assets }),
    detectOwnHardware: looks.detectOwnHardware,
    search: async (target) => search(target),
    probe: async (request) => {
      const { hardware } = request.device === "cpu" ? { hardware: undefined } : await readHardware(looks);
      const target = TARGETS.find((name) => name === `${request.engine}:${request.device}`);
      if (target === undefined) return probeEngine(request, { runChild, environment, signal });
      // As its runner would have it: what is proven here is what serves.
      const runtime = readRuntime(target, { libraryPath: request.libraryPath, environment, system, hardware });
      return probeEngine({ ...request, preload: runtime.preload }, { runChild, environment: runtime.environment, signal });
    },
    tryModel: (name) => tryModel(name, { runChild: createRunChild(childCommand("embed")), flags: formatKeyFlags(flags), environment: own, signal }),
  });
}

/** The flags of the configuration as they were given, for a child: `--home=/srv`, `--no-offline`. */
function formatKeyFlags(flags: Invocation["flags"]): string[] {
  const keys = configFlagOptions();
  return Object.entries(flags).filter(([name]) => Object.hasOwn(keys, name)).map(([name, value]) => {
    return typeof value === "string" ? `--${name}=${value}` : `--${value ? "" : "no-"}${name}`;
  });
}
