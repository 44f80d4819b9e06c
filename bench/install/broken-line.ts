// How many bytes come twice when the line is cut, or the process killed, at 60 % of the whole set.
import type { BenchServer } from "./bench-server.ts";
import { measure } from "./installers.ts";
import type { Installers } from "./installers.ts";
import type { BenchLock } from "./locks.ts";

const AT = 0.6;
const DOWN_MS = 3000;

/** As a share of the lock's bytes. */
export async function measureCut(server: BenchServer, installers: Installers, { lock, rate }: { lock: BenchLock; rate: number }) {
  await server.setLine({ totalRate: rate, cutAtBytes: lock.bytes * AT, downMs: DOWN_MS });
  await installers.runTermite(server.shapedUrl, lock.path);
  return (await server.readSentBytes()) / lock.bytes - 1;
}

/** As a share of the lock's bytes. */
export async function measureKill(server: BenchServer, installers: Installers, { lock, rate }: { lock: BenchLock; rate: number }) {
  const home = installers.createHome();
  await server.setLine({ totalRate: rate });
  try {
    const child = installers.startTermite(home, server.shapedUrl, lock.path);
    while ((await server.readSentBytes()) < lock.bytes * AT) await Bun.sleep(20);
    child.kill("SIGKILL");
    await child.exited;
    await measure(home, () => installers.startTermite(home, server.shapedUrl, lock.path));
    return (await server.readSentBytes()) / lock.bytes - 1;
  } finally {
    await installers.removeHome(home);
  }
}
