// Lines on stderr that say what a build is doing and how long it took.

export function report(line: string): void {
  process.stderr.write(`build: ${line}\n`);
}

/** A slow step says how far it is this often. */
const PROGRESS_MS = 2000;

export interface Step {
  progress(doneBytes: number, totalBytes: number): void;
  /** Says that the step is done; `result` is added in parentheses. */
  end(result?: string): void;
}

export function createStep(what: string): Step {
  const startMs = performance.now();
  let lastMs = startMs;
  report(`${what} …`);
  return {
    progress(doneBytes, totalBytes) {
      if (performance.now() - lastMs < PROGRESS_MS) return;
      lastMs = performance.now();
      report(`${what}: ${formatMegabytes(doneBytes)} of ${formatMegabytes(totalBytes)}`);
    },
    end(result) {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      report(`${what}: ${seconds} s${result === undefined ? "" : ` (${result})`}`);
    },
  };
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
