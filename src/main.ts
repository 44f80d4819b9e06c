// Entry of the executable: hidden children first, then the command tree; the one place that ends the process.
import { runCli, withErrorBoundary } from "./cli/run.ts";
import { readBuildInfo } from "./runtime/build-info.ts";

/** Children of termite itself. They are no commands: no help, no flags, no configuration. */
const CHILDREN: Readonly<Record<string, (argv: string[]) => Promise<number>>> = {
  __runner: async (argv) => (await import("./runners/child.ts")).runRunner(argv, { buildId: readBuildInfo().build }),
  __extract: async (argv) => (await import("./runtime/extract-child.ts")).runExtract(argv),
  __probe: async (argv) => (await import("./plugins/probe/probe-child.ts")).runProbe(argv),
  __tokenizer: async (argv) => (await import("./tokenizers/check-child.ts")).runTokenizerCheck(argv),
};

const [first = "", ...rest] = process.argv.slice(2);
const child = Object.hasOwn(CHILDREN, first) ? CHILDREN[first] : undefined;
const exitCode =
  child === undefined ? await runCli(process.argv.slice(2)) : await withErrorBoundary(() => child(rest), false);
process.exit(exitCode);
