// The compiled file serving on the XLA engine inside: what it says of itself, and a disk that keeps nothing.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder, findRunner, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

// Compilers are slow on a busy machine.
setDefaultTimeout(60_000);

const folder = createFolder();
let server: RunningServer;
beforeAll(async () => {
  // Where compiled programs would lie; a mode would not keep root from writing.
  const cache = join(folder.path, ".termite/cache");
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "xla"), "");
  const config = join(folder.path, "termite.yaml");
  writeFileSync(config, "require_target: xla:cpu\n");
  server = await startServer({ home: folder.path, args: ["--config", config] });
});
afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}${path}`)).json()) as T;
interface Programs {
  ready: number;
  planned: number;
}
interface Loaded {
  size: number;
  size_vram: number;
  memory: { weightBytes: number; programBytes: number };
  programs: Programs;
  target: object;
  device: object;
  runner: { pid: number; memoryBytes: number };
}

test("/readyz is ready with one program, and says how many there are", async () => {
  const { status, programs } = await ask<{ status: string; programs: Programs }>("/readyz");
  expect(status).toBe("ready");
  expect(programs.ready).toBeGreaterThanOrEqual(1);
  expect(programs.planned).toBeGreaterThan(programs.ready);
  expect(server.stderr()).toMatch(/msg=ready .*programsReady=\d+ programsPlanned=\d+/);
});

test("/api/ps says what the engine holds for the model", async () => {
  const { models: [model] } = await ask<{ models: [Loaded] }>("/api/ps");
  const { memory, programs, size, size_vram, target, runner, device } = model;
  // 22.6 million weights, 90 % of them stored as int8 and computed with as float32.
  expect(memory.weightBytes).toBeGreaterThan(80_000_000);
  expect(memory.programBytes).toBeGreaterThan(0);
  expect({ size, size_vram }).toEqual({ size: memory.weightBytes + memory.programBytes, size_vram: 0 });
  expect(programs).toEqual({ ready: expect.any(Number), planned: expect.any(Number) });
  expect(target).toEqual({ requested: "xla:cpu", actual: "xla:cpu", reason: null });
  expect(device).toMatchObject({ name: "cpu", usedBytes: null });
  expect(runner).toMatchObject({ pid: findRunner(server.pid), library: "pjrt" });
  expect(runner.memoryBytes).toBeGreaterThan(memory.weightBytes);
});

test("a cache that cannot be written is one warning", () => {
  const warnings = server.stderr().split("\n").filter((line) => line.includes("level=warn"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('msg="compiled programs are not kept on disk: each start compiles them again" target=xla:cpu');
});
