// What a power cut would find: the system calls of a publishing process, in the order in which they were made.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { createTemporaryFolder } from "./places.ts";
import { findDisorder, parseFileEvents } from "./publish-order.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";

const FOLDERS = ["", "jax_plugins", "jax_plugins/xla_cuda13", "licenses", "licenses/made", "nvidia", "nvidia/cu13", "nvidia/cu13/bin", "nvidia/cu13/lib", "nvidia/cudnn", "nvidia/cudnn/lib"];
const CALLS = "trace=fsync,fdatasync,rename,renameat,renameat2";

export async function checkPublish(report: Report): Promise<void> {
  const pluginsDir = join(createTemporaryFolder("publish"), "plugins");
  const turns = [
    { name: "the first version", version: "1.0", objects: 5 },
    { name: "the next version", version: "2.0", objects: 3 },
    { name: "a version in place of its own tree", version: "1.0", objects: 0 },
  ];
  for (const turn of turns) {
    await report.check(`${turn.name} is on the disk step by step`, () => tracePublish(pluginsDir, turn));
  }
}

async function tracePublish(pluginsDir: string, { version, objects }: { version: string; objects: number }): Promise<string> {
  const log = join(createTemporaryFolder("strace"), "log");
  const child = [process.execPath, join(import.meta.dir, "publish-child.ts"), pluginsDir, version];
  await runGood(["strace", "-f", "-y", "-s", "4096", "-e", CALLS, "-o", log, ...child], { timeoutMs: 120_000 });
  const events = parseFileEvents(readFileSync(log, "utf8"));
  const disorder = findDisorder(events, {
    folder: join(pluginsDir, "xla/cuda"), version, folders: FOLDERS, objects, objectsFolder: join(pluginsDir, ".objects/sha256"),
  });
  check(disorder === undefined, disorder ?? "");
  const synced = events.filter(({ call }) => call === "fsync").length;
  return `${synced} fsyncs, ${events.length - synced} renames, files, folders, receipt, rename, parent, flip in this order`;
}
