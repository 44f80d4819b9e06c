// How fast a download is and how long it will take, from what it told. Pure but for the clock that is handed in.
import type { FetchProgress } from "../../../plugins/install/events.ts";

/** Over which the rate is taken: shorter and it jumps, longer and it lags. */
const WINDOW_MS = 5_000;

export interface FetchState {
  /** Files that have begun and are not whole, in the order in which they began. */
  open: readonly FetchProgress[];
  doneBytes: number;
  totalBytes: number;
  /** `undefined` until there is something to tell it from. */
  bytesPerSecond: number | undefined;
  secondsLeft: number | undefined;
}

export interface FetchMeter {
  add(progress: FetchProgress): void;
  read(): FetchState;
}

export function createFetchMeter(readMs: () => number = () => performance.now()): FetchMeter {
  const open = new Map<string, FetchProgress>();
  const samples: { ms: number; doneBytes: number }[] = [];
  let [doneBytes, totalBytes] = [0, 0];
  return {
    add(progress) {
      ({ doneBytes, totalBytes } = progress);
      if (progress.fileDoneBytes >= progress.fileTotalBytes) open.delete(progress.file);
      else open.set(progress.file, progress);
      const ms = readMs();
      samples.push({ ms, doneBytes });
      while (samples.length > 2 && (samples[1]?.ms ?? ms) < ms - WINDOW_MS) samples.shift();
    },
    read() {
      const rate = measureRate(samples);
      const secondsLeft = rate === undefined ? undefined : (totalBytes - doneBytes) / rate;
      return { open: [...open.values()], doneBytes, totalBytes, bytesPerSecond: rate, secondsLeft };
    },
  };
}

function measureRate(samples: readonly { ms: number; doneBytes: number }[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.ms - first.ms < 200) return undefined;
  const rate = ((last.doneBytes - first.doneBytes) * 1000) / (last.ms - first.ms);
  return rate > 0 ? rate : undefined;
}
