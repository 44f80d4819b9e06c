// One line per check with its figure, and the counts. Nothing passes by being left out: what cannot run has failed.

export interface Report {
  /** Runs a check; the text it resolves to is its figure, and throwing is its failure. */
  check(name: string, body: () => Promise<string>): Promise<void>;
  /** Prints the closing line; true when nothing failed. */
  close(): boolean;
}

export function createReport(): Report {
  const counts = { passed: 0, failed: 0 };
  return {
    async check(name, body) {
      try {
        const figure = await body();
        counts.passed += 1;
        console.log(`ok    ${name}: ${figure}`);
      } catch (error) {
        counts.failed += 1;
        console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    close() {
      console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
      return counts.failed === 0;
    },
  };
}

/** Throws with `message` unless `condition` holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
