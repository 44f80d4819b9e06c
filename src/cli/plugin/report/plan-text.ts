// What an install would do, for a person. Pure.
import { formatBytes } from "../../../format-bytes.ts";
import type { InstallCheck, InstallPlan } from "../../../plugins/install/events.ts";

/**
 *     xla:tpu 0.0.52
 *       fetch    137.0 MB, 1 wheel
 *       disk     467.5 MB, 50.2 GB free
 *       licence  Google's terms
 *       hardware found no TPU, need a TPU (passed over by --force)
 */
export function formatPlan(plan: InstallPlan, { isForced }: { isForced: boolean }): string {
  const { name, version, wheels, downloadBytes, diskBytes, freeBytes, licences, checks } = plan;
  const fetched = wheels.filter(({ fetchBytes }) => fetchBytes > 0).length;
  const rows: (readonly [string, string])[] = [
    ["fetch", fetched === 0 ? "nothing" : `${formatBytes(downloadBytes)} of ${formatCount(fetched, "wheel")}`],
    ["disk", `${formatBytes(diskBytes)} more, ${formatBytes(freeBytes)} free`],
    ...licences.map((licence) => ["licence", licence] as const),
    ...checks.filter(({ ok }) => !ok).map((check) => formatCheck(check, isForced)),
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  return [`${name} ${version}`, ...rows.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`), ""].join("\n");
}

/** The wheels too, and the checks that all is well with: what `--dry-run` shows. */
export function formatDryRun(plan: InstallPlan): string {
  const wheels = plan.wheels.map(({ file, sizeBytes, fetchBytes }) => {
    return `  wheel    ${file}: ${fetchBytes === 0 ? "nothing" : formatBytes(fetchBytes)} of ${formatBytes(sizeBytes)}\n`;
  });
  const good = plan.checks.filter(({ ok }) => ok).map(({ name, found }) => `  ok       ${name}: ${found}\n`);
  return [formatPlan(plan, { isForced: false }), ...wheels, ...good].join("");
}

function formatCheck({ name, found, needed, isFinal, remedy }: InstallCheck, isForced: boolean): readonly [string, string] {
  const end = isForced && isFinal !== true ? "passed over by --force" : remedy;
  return [name, `found ${found}, need ${needed}${end === undefined ? "" : ` (${end})`}`];
}

export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
