import { expect, test } from "bun:test";
import { join } from "node:path";

const SERVE = join(import.meta.dir, "..", "..", "scripts", "bootstrap", "serve.mjs");
/** A server that counts what it is told, ends at the second time with 7 or after 20 s, and names its process group. */
const SERVER = `n=0; trap 'n=$((n+1)); echo got $n; if [ $n = 2 ]; then exit 7; fi' TERM INT
echo ready $$ $(cut -d" " -f5 /proc/$$/stat); t=0; while [ $t -lt 1000 ]; do sleep 0.02; t=$((t+1)); done`;

async function startServe(server: string) {
  const program = `import { serve } from ${JSON.stringify(SERVE)};
    process.exitCode = await serve("/bin/sh", ["-c", ${JSON.stringify(server)}]);`;
  const bootstrap = Bun.spawn(["node", "--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = bootstrap.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return { bootstrap, readLine: async () => ((await lines.read()).value ?? "").trim() };
}

test("serve() hands on each signal and ends with the server's code", async () => {
  const { bootstrap, readLine } = await startServe(SERVER);
  await readLine();
  bootstrap.kill("SIGTERM");
  expect(await readLine()).toBe("got 1");
  bootstrap.kill("SIGTERM");
  expect(await readLine()).toBe("got 2");
  expect(await bootstrap.exited).toBe(7);
});

test("serve() keeps the server in its own process group, so that whoever kills the group leaves nothing behind", async () => {
  const { bootstrap, readLine } = await startServe(SERVER);
  const [, pid, group] = (await readLine()).split(" ");
  expect(group).not.toBe(pid);
  bootstrap.kill("SIGKILL");
  process.kill(Number(pid), "SIGKILL");
});

test("serve() ends with 128 and the signal's number when the server was killed", async () => {
  const { bootstrap, readLine } = await startServe(SERVER);
  const [, pid] = (await readLine()).split(" ");
  process.kill(Number(pid), "SIGKILL");
  expect(await bootstrap.exited).toBe(137);
});
