// A home that is full, read-only, or mounted noexec: one clear line each, on real mounts in a mount namespace of its own.
import { join } from "node:path";
import type { Finished } from "./command.ts";
import { runCommand } from "./command.ts";
import { TERMITE, createTemporaryFolder } from "./places.ts";
import type { Report } from "./report.ts";
import { check } from "./report.ts";
import { createEnvironment, findFreePort, serveOnce } from "./termite.ts";

export async function checkStorage(report: Report, texts: readonly string[]): Promise<void> {
  await report.check("a full disk is one clear error", async () => {
    const { finished, home } = await serveOn("mount -t tmpfs -o size=4m tmpfs", "true");
    return checkClearError(finished, home, /no space|full|free/i);
  });
  await report.check("a read-only home is one clear line", async () => {
    const mount = "mount -t tmpfs -o ro tmpfs";
    const { finished, home } = await serveOn(mount, '! touch "$HOME_DIR/x" 2>/dev/null');
    check(countLines(finished.stderr) === 1, `${countLines(finished.stderr)} lines, need exactly one: ${finished.stderr}`);
    return checkClearError(finished, home, /read-only|not writable|permission|EROFS/i);
  });
  await report.check("a noexec home is one clear error", async () => {
    const { finished, home } = await serveOn("mount -t tmpfs -o noexec tmpfs", "true");
    return checkClearError(finished, home, /noexec/i);
  });
  await report.check("a read-only home is fine once its assets are there", () => checkReadOnlyLater(texts));
}

/** Mounts something over the home in a new namespace, holds `test` there, and runs `serve` with it until it ends. */
async function serveOn(mount: string, test: string): Promise<{ finished: Finished; home: string }> {
  const home = createTemporaryFolder("mount");
  const script = `${mount} "$HOME_DIR" && ${test} && exec "$0" "$@"`;
  const serve = [TERMITE, "serve", "--home", home, "--api-url", `http://127.0.0.1:${findFreePort()}`];
  const env = { ...createEnvironment(home), HOME_DIR: home };
  const finished = await runCommand(["unshare", "-m", "sh", "-c", script, ...serve], { env, timeoutMs: 60_000 });
  return { finished, home };
}

/** One line of error, and one of a hint at most. */
function checkClearError({ code, stdout, stderr }: Finished, home: string, expected: RegExp): string {
  const [line = "", ...more] = stderr.split("\n").filter((text) => text !== "");
  check(code === 1, `exit code ${code}: ${stderr.trim().split("\n").slice(-2).join(" | ")}`);
  check(stdout === "", `stdout is not empty: ${stdout.slice(0, 80)}`);
  check(more.length <= 1 && more.every((text) => text.startsWith("hint: ")), `more than an error and a hint: ${stderr}`);
  check(line.includes(home), `the line does not name the home: ${line}`);
  check(expected.test(line), `the line does not say why: ${line}`);
  return line.replaceAll(home, "<home>");
}

function countLines(text: string): number {
  return text.split("\n").filter((line) => line !== "").length;
}

async function checkReadOnlyLater(texts: readonly string[]): Promise<string> {
  const home = createTemporaryFolder("readonly");
  const first = await serveOnce({ home }, texts.slice(12, 14));
  const termiteHome = join(home, ".termite");
  const remount = `mount --bind "${termiteHome}" "${termiteHome}" && mount -o remount,ro,bind "${termiteHome}"`;
  const script = `${remount} && ! touch "${termiteHome}/x" 2>/dev/null && exec "$0" "$@"`;
  const later = await serveOnce({ home, prefix: ["unshare", "-m", "sh", "-c", script] }, texts.slice(12, 14));
  check(JSON.stringify(first) === JSON.stringify(later), "the vectors differ");
  return "ready, same vectors";
}
