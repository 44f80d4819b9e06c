// Asks a runner for its figures every few seconds, and notices when it has stopped answering.
import type { RunnerChild } from "./runner-child.ts";
import type { RunnerStats } from "./runner.ts";

export interface HeartbeatOptions {
  intervalMs: number;
  /** Silence that counts as dead. Rounded to whole intervals. */
  unresponsiveMs: number;
  onStats: (stats: RunnerStats) => void;
  /** The question failed; a death is the supervisor's to handle, so this is for the log. */
  onFailure: (error: unknown) => void;
  onSilent: () => void;
}

/**
 * Returns the function that stops it. Beats without a sign of life are counted, not time: when this process itself was
 * stopped or starved, that is one late beat and not a dead runner.
 */
export function createHeartbeat(child: RunnerChild, options: HeartbeatOptions): () => void {
  const { intervalMs, unresponsiveMs, onStats, onFailure, onSilent } = options;
  let heardBefore = -1;
  let silentBeats = 0;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    isAsking = true;
    try {
      onStats(await child.stats());
    } catch (error) {
      onFailure(error);
    } finally {
      isAsking = false;
    }
  };
  const beat = (): void => {
    silentBeats = child.heard === heardBefore ? silentBeats + 1 : 0;
    heardBefore = child.heard;
    if (silentBeats * intervalMs >= unresponsiveMs) return onSilent();
    if (!isAsking) void ask();
  };
  const timer = setInterval(beat, intervalMs);
  return () => clearInterval(timer);
}
