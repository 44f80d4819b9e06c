// How often something is shown: true at the first call and then at most once in so many milliseconds.

export function createPace(everyMs: number): () => boolean {
  let dueMs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs < dueMs) return false;
    dueMs = nowMs + everyMs;
    return true;
  };
}
