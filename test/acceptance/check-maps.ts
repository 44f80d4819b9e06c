// The server process never maps a native inference library: not at load, not under requests, not after a crash.
import { readFileSync, readdirSync } from "node:fs";
import type { Setting } from "./check-vectors.ts";
import { readEmbeddedReferences } from "./check-vectors.ts";
import { compareVectors, checkSame } from "./references.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { EMBEDDED_MODEL, embed } from "./termite.ts";

const INFERENCE = /libonnxruntime|pjrt|libtpu|libcudart|libcublas/i;

export async function checkMaps(report: Report, setting: Setting, pid: number): Promise<void> {
  await report.check("the server process maps no inference library", async () => {
    const seen = [checkServer(pid, "at load")];
    const work = embed(setting.url, EMBEDDED_MODEL, [...setting.texts, ...setting.texts, ...setting.texts]);
    for (let i = 0; i < 10; i++) {
      seen.push(checkServer(pid, "under a request"));
      await Bun.sleep(20);
    }
    await work;
    process.kill(findRunner(pid), "SIGKILL");
    const { vectors } = await embed(setting.url, EMBEDDED_MODEL, setting.texts);
    seen.push(checkServer(pid, "after a restart"));
    const same = checkSame(compareVectors(vectors, readEmbeddedReferences()), "after the restart");
    return `${seen.length} readings of up to ${Math.max(...seen)} mappings; the runner (${findRunner(pid)}) maps it; ${same}`;
  });
}

function checkServer(pid: number, when: string): number {
  const lines = readMaps(pid);
  const hits = lines.filter((line) => INFERENCE.test(line));
  check(hits.length === 0, `${when}: ${hits[0]}`);
  check(lines.length > 10, `${when}: /proc/${pid}/maps holds ${lines.length} lines`);
  return lines.length;
}

function readMaps(pid: number): string[] {
  return readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
}

/** The child that maps the library: without one, the check above would prove nothing. */
function findRunner(server: number): number {
  const runner = findChildren(server).find((pid) => readMaps(pid).some((line) => INFERENCE.test(line)));
  check(runner !== undefined, "no child of the server maps the library either");
  return runner;
}

function findChildren(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => readParent(pid) === parent);
}

/** Processes end while /proc is read; one that is gone has no parent. */
function readParent(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return undefined;
    throw error;
  }
}
