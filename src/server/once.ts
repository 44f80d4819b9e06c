// Work that is done by the first who needs its result, and kept for all others.

/** Calls `create` once, and anew after it has failed: a failure is told to those who waited for it and to nobody else. */
export function createOnce<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= create().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
