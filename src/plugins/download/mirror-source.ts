// An address of which nobody said whether it is an index or a plain folder of wheels: the first wheel that it has tells.
import { TermiteError } from "../../errors.ts";
import { isRangeRefused } from "../../net/download-error.ts";
import { fetchRange } from "../../net/fetch-range.ts";
import type { PluginWheel } from "../catalog/lock.ts";
import type { OpenedWheel, OpenOptions, WheelSource } from "./wheel-source.ts";

/** `index` and `folder`: the same address as the one and as the other. Wheels wait for the first one's answer. */
export function createMirrorSource(index: WheelSource, folder: WheelSource): WheelSource {
  let known: WheelSource | undefined;
  let asking: Promise<unknown> = Promise.resolve();
  const ask = async (wheel: PluginWheel, options: OpenOptions): Promise<OpenedWheel> => {
    if (known !== undefined) return known.open(wheel, options);
    const { kind, opened } = await openEither({ index, folder }, wheel, options);
    known = kind;
    return opened;
  };
  return {
    name: index.name,
    open(wheel, options) {
      if (known !== undefined) return known.open(wheel, options);
      const answer = asking.then(() => ask(wheel, options));
      asking = answer.catch(() => undefined);
      return answer;
    },
  };
}

type Either = Record<"index" | "folder", WheelSource>;

/** Throws what the index says where the folder does not have it either. */
async function openEither({ index, folder }: Either, wheel: PluginWheel, options: OpenOptions) {
  try {
    return { kind: index, opened: await index.open(wheel, options) };
  } catch (error) {
    if (!isNoIndex(error)) throw error;
    const opened = await folder.open(wheel, options);
    if (!(await isThere(opened, wheel, options))) throw error;
    return { kind: folder, opened };
  }
}

/** It answered, and not as an index would that has the wheel. */
function isNoIndex(error: unknown): boolean {
  if (!(error instanceof TermiteError)) return false;
  return error.code === "package_not_found" || (error.code === "index_unavailable" && error.details?.["passing"] !== true);
}

/** Asks for the first byte alone. */
async function isThere(opened: OpenedWheel, { sizeBytes }: PluginWheel, { signal, hasAlternative }: OpenOptions): Promise<boolean> {
  if (opened.kind === "file") return true;
  try {
    for await (const _ of fetchRange(opened.url, { ...opened.http, signal, hasAlternative, start: 0, end: 1, totalBytes: sizeBytes }));
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TermiteError)) throw error;
    return isRangeRefused(error);
  }
}
