// An extracted asset that was damaged behind our back, at the same size and time, is mended when it cannot be loaded.
import { afterAll, expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createFolder, runTermite } from "./termite.ts";

const folder = createFolder();
const home = folder.path;
afterAll(() => folder.remove());

test.each(["libonnxruntime.so.1", "tokenizers.linux-x64-gnu.node", "model.onnx", "modules.json"])("a damaged %s is extracted anew and the text is answered", async (file) => {
  const first = await runTermite(["embed", "x"], { home });
  expect(first.exitCode).toBe(0);
  damage(findAsset(file));
  const { exitCode, stdout, stderr } = await runTermite(["embed", "x"], { home });
  expect({ exitCode, stderr, same: stdout === first.stdout }).toEqual({ exitCode: 0, stderr: expect.any(String), same: true });
});

function findAsset(name: string): string {
  const found = Bun.spawnSync(["find", `${home}/.termite/runtime`, "-name", name]).stdout.toString().trim();
  if (found === "") throw new Error(`${name} is not there`);
  return found;
}

/** Zeroes the first 4 kB: no ELF file, no graph, no JSON any more. Size and time stay. */
function damage(path: string): void {
  const { atime, mtime, mode, size } = statSync(path);
  const bytes = readFileSync(path).fill(0, 0, Math.min(4096, size));
  chmodSync(path, 0o755);
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  utimesSync(path, atime, mtime);
}
