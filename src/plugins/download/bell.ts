// Lets loops of one thread wait for a change that another loop makes.

export interface Bell {
  /** Resolves at the next ring. Ask for what is waited for again afterwards. */
  wait(): Promise<void>;
  ring(): void;
}

export function createBell(): Bell {
  let next = Promise.withResolvers<void>();
  return {
    wait: () => next.promise,
    ring() {
      next.resolve();
      next = Promise.withResolvers();
    },
  };
}
