// Whether memory stays flat over executions and compiles of a PJRT plugin, each series in a process of its own.
// `bun bench/pjrt-stress/run.ts PLUGIN [executions] [compiles] [--json]`. Flatness is for the reader to judge.
import { NAMES } from "./series.ts";
import type { Series } from "./series.ts";

const flags = process.argv.slice(2);
const [plugin, executions = "100000", compiles = "1000"] = flags.filter((flag) => !flag.startsWith("--"));
if (plugin === undefined) throw new TypeError("Cannot run the bench: found no plugin in the arguments");

const reports: Series[] = [];
for (const [name, count] of [[NAMES.executions, executions], [NAMES.compiles, compiles]] as const) {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/series.ts`, name, plugin, count], {
    // It is read by the plugin when it is loaded: without it failures would be logged.
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot finish the series of ${name}: exit code ${child.exitCode}`);
  const report: Series = JSON.parse(text);
  reports.push(report);
  if (!flags.includes("--json")) process.stdout.write(formatSeries(report));
}
process.stdout.write(`${JSON.stringify(reports)}\n`);

/** Memory at the end of each tenth. */
function formatSeries({ name, count, version, seconds, rssMb, ratio, wrong }: Series): string {
  const head = `${count} ${name}, PJRT ${version}: ${seconds} s, ${wrong} wrong, last to first tenth ${ratio}`;
  const rows = rssMb.map((rss, i) => `  ${String((i + 1) * 10).padStart(3)} %  ${rss.toFixed(1).padStart(7)} MB`);
  return `${[head, ...rows].join("\n")}\n`;
}
