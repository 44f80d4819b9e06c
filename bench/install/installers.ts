// One install by each of the two, into folders of its own on one file system, timed to the end of `sync -f` on the target.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface Measured {
  seconds: number;
  /** User and system, of the installer and its children. */
  cpuSeconds: number;
  peakMb: number;
}

export interface Installers {
  /** Fresh caches; they are removed again. */
  runTermite(indexUrl: string, lock: string): Promise<Measured>;
  /** `requirements`: "name==version". */
  runUv(indexUrl: string, requirements: readonly string[]): Promise<Measured>;
  /** In a home of the caller's. */
  startTermite(home: string, indexUrl: string, lock: string): Bun.Subprocess;
  createHome(): string;
  removeHome(home: string): Promise<void>;
}

export interface InstallersOptions {
  executable: string;
  uv: string;
  /** On the file system that is measured. */
  folder: string;
}

/** ext4 looks at every inode that was removed in the last five seconds before it takes a new one. */
const SETTLE_MS = 6000;

export function createInstallers({ executable, uv, folder }: InstallersOptions): Installers {
  const createHome = (): string => mkdtempSync(join(folder, "bench-install-"));
  const removeHome = async (home: string): Promise<void> => {
    rmSync(home, { recursive: true });
    await sync(folder);
    await Bun.sleep(SETTLE_MS);
  };
  const startTermite: Installers["startTermite"] = (home, indexUrl, lock) =>
    Bun.spawn([executable, "plugin", "install", "xla:cuda", "--force", "--no-probe", "--yes"], {
      env: { HOME: home, PATH: process.env["PATH"] ?? "", TERMITE_PLUGIN_LOCK: lock, PIP_INDEX_URL: indexUrl },
      stdout: "ignore",
      stderr: Bun.file(join(home, "stderr.log")),
    });
  const inHome = async (start: (home: string) => Bun.Subprocess): Promise<Measured> => {
    const home = createHome();
    try {
      return await measure(home, () => start(home));
    } finally {
      await removeHome(home);
    }
  };
  return {
    createHome,
    removeHome,
    startTermite,
    runTermite: (indexUrl, lock) => inHome((home) => startTermite(home, indexUrl, lock)),
    runUv: (indexUrl, requirements) =>
      inHome((home) =>
        Bun.spawn(
          [
            uv, "pip", "install", "--quiet", "--no-deps", "--target", join(home, "target"), "--cache-dir", join(home, "cache"),
            "--default-index", indexUrl, "--python-version", "3.12", "--python-platform", "x86_64-manylinux_2_34", ...requirements,
          ],
          { env: { HOME: home, PATH: process.env["PATH"] ?? "" }, stdout: "ignore", stderr: Bun.file(join(home, "stderr.log")) },
        ),
      ),
  };
}

export async function measure(home: string, start: () => Bun.Subprocess): Promise<Measured> {
  const startMs = performance.now();
  const child = start();
  const code = await child.exited;
  await sync(home);
  const seconds = (performance.now() - startMs) / 1000;
  if (code !== 0) throw new Error(`${child.pid} ended with ${code}: ${await Bun.file(join(home, "stderr.log")).text()}`);
  const usage = child.resourceUsage();
  return { seconds, cpuSeconds: Number(usage?.cpuTime.total ?? 0) / 1e6, peakMb: (usage?.maxRSS ?? 0) / 1e6 };
}

async function sync(path: string): Promise<void> {
  if ((await Bun.spawn(["sync", "-f", path]).exited) !== 0) throw new Error(`Cannot sync "${path}"`);
}
