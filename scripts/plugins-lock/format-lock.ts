// A lock as text: one line a file, so that a person's diff is short and the executable stays small.
import type { PluginLock } from "../../src/plugins/catalog/lock.ts";

/** The same lock is always the same text; ends in a line feed. */
export function formatLock({ wheels, ...head }: PluginLock): string {
  const texts = wheels.map(({ files, ...wheel }) => {
    const lines = files.map((file) => JSON.stringify(file)).join(",\n");
    return `${JSON.stringify(wheel).slice(0, -1)},"files":[\n${lines}\n]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"wheels":[\n${texts.join(",\n")}\n]}\n`;
}
