// The sha256 of many files, in as many threads as there are cores.

/** Of a Worker, which answers one path at a time. */
export type HashReply =
  | { kind: "bytes"; count: number }
  | { kind: "hash"; sha256: string }
  | { kind: "failed"; problem: string };

export interface FileHash {
  sha256?: string;
  /** What the system says of a file that cannot be read. */
  problem?: string;
}

export interface HashFilesOptions {
  cores: number;
  onBytes?: ((count: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** In the order of `paths`, which are read in that order too: put the largest first. */
export async function hashFiles(paths: readonly string[], options: HashFilesOptions): Promise<FileHash[]> {
  const hashes: FileHash[] = [];
  const pending = paths.map((path, index) => ({ path, index }));
  const stop = Promise.withResolvers<never>();
  const abort = (): void => stop.reject(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", abort, { once: true });
  const workers = Array.from({ length: Math.min(options.cores, paths.length) }, () => new Worker(resolveWorkerUrl()));
  try {
    const runs = workers.map(async (worker) => {
      for (let job = pending.shift(); job !== undefined; job = pending.shift()) {
        hashes[job.index] = await askWorker(worker, job.path, options.onBytes);
      }
    });
    await Promise.race([Promise.all(runs), stop.promise]);
    return hashes;
  } finally {
    options.signal?.removeEventListener("abort", abort);
    for (const worker of workers) worker.terminate();
  }
}

function askWorker(worker: Worker, path: string, onBytes: HashFilesOptions["onBytes"]): Promise<FileHash> {
  const { promise, resolve, reject } = Promise.withResolvers<FileHash>();
  worker.onmessage = ({ data }: MessageEvent<HashReply>) => {
    if (data.kind === "bytes") return onBytes?.(data.count);
    return resolve(data.kind === "hash" ? { sha256: data.sha256 } : { problem: data.problem });
  };
  worker.onerror = ({ message }) => reject(new TypeError(`Cannot hash files: a thread ended: ${message}`));
  worker.postMessage(path);
  return promise;
}

/** A compiled file holds its entry points by their path below `src/`; a source file finds its neighbour. */
function resolveWorkerUrl(): string {
  const here = import.meta.url;
  return here.startsWith("file:///$bunfs/") ? "./plugins/store/hash-worker.ts" : new URL("./hash-worker.ts", here).href;
}
