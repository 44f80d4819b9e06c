// With an empty HOME the server speaks to nobody but this machine, and needs nobody else.
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkTool, runGood } from "./command.ts";
import { readEmbeddedReferences } from "./check-vectors.ts";
import { createTemporaryFolder } from "./places.ts";
import { checkSame, compareVectors } from "./references.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { parseTraffic } from "./strace-log.ts";
import { serveOnce } from "./termite.ts";

/** Libraries that report home do it in the background. */
const IDLE_MS = 20_000;

export async function checkNetwork(report: Report, texts: readonly string[]): Promise<void> {
  await report.check("no destination but loopback (strace)", () => checkDestinations(texts));
  await report.check("serves in an empty network namespace", () => checkNamespace());
}

async function checkDestinations(texts: readonly string[]): Promise<string> {
  checkTool("strace");
  const folder = createTemporaryFolder("strace");
  const home = join(folder, "home");
  const logs = join(folder, "logs");
  mkdirSync(home);
  mkdirSync(logs);
  // -D: strace is the grandchild, so that our SIGTERM reaches the server itself. -ff: one log a thread, no torn lines.
  const prefix = ["strace", "-D", "-ff", "-e", "trace=network", "-o", join(logs, "log")];
  const vectors = await serveOnce({ home, prefix, idleMs: IDLE_MS }, texts);
  checkSame(compareVectors(vectors, readEmbeddedReferences()), "under strace");
  const log = readdirSync(logs).map((name) => readFileSync(join(logs, name), "utf8")).join("\n");
  const { calls, sends, foreign } = parseTraffic(log);
  check(calls > 0, "strace saw no network call at all, so it did not trace the server");
  check(foreign.length === 0, `${foreign.length} foreign destinations: ${foreign.slice(0, 2).join(" | ")}`);
  const left = readdirSync(home).filter((name) => name !== ".termite");
  check(left.length === 0, `something else was written into the home: ${left.join(", ")}`);
  return `${calls} network calls in ${readdirSync(logs).length} threads, ${sends} with an address, none foreign`;
}

/** A namespace has a loopback of its own, so the client runs inside it too: `serve-once.ts` there. */
async function checkNamespace(): Promise<string> {
  checkTool("ip");
  const script = join(import.meta.dir, "serve-once.ts");
  const inside = 'ip link set lo up && test "$(ls /sys/class/net | wc -l)" -le 1 && exec "$0" "$@"';
  const home = createTemporaryFolder("namespace");
  const mount = `mount -t sysfs sysfs /sys && ${inside}`;
  const stdout = await runGood(["unshare", "-n", "-m", "sh", "-c", mount, process.execPath, script, home]);
  const vectors: number[][] = JSON.parse(stdout);
  return checkSame(compareVectors(vectors, readEmbeddedReferences()), `${vectors.length} texts,`);
}
