// A span of time that can be waited for, and asked whether it is over.
import type { Clock } from "./keep-alive.ts";

export interface Timer {
  readonly isOver: boolean;
  /** Of the span that was started last. */
  readonly over: Promise<void>;
  restart(): void;
  stop(): void;
}

/** Starts at once. */
export function createTimer(clock: Clock, ms: number): Timer {
  let isOver = false;
  let ended = Promise.withResolvers<void>();
  const start = (): (() => void) => {
    isOver = false;
    ended = Promise.withResolvers<void>();
    return clock.startTimer(() => {
      isOver = true;
      ended.resolve();
    }, ms);
  };
  let stop = start();
  return {
    get isOver() {
      return isOver;
    },
    get over() {
      return ended.promise;
    },
    restart: () => {
      stop();
      stop = start();
    },
    stop: () => stop(),
  };
}
