// Whether a server is ready to be measured.

const DEADLINE_MS = 120_000;

/** Resolves once `GET url` is answered with 200; a closed port is what waiting looks like, unless the process has ended. */
export async function waitForServer(url: string, hasEnded: () => boolean = () => false): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline && !hasEnded(); await Bun.sleep(50)) {
    const isReady = await fetch(url).then(({ status }) => status === 200, () => false);
    if (isReady) return;
  }
  throw new Error(hasEnded() ? "its process has ended" : `no answer within ${DEADLINE_MS / 1000} s`);
}
