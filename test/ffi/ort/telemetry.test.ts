import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContractModels } from "../../fixtures/contract-models.ts";

test("openOrt() leaves no device id and no database of ONNX Runtime's telemetry in the home", async () => {
  const folder = await mkdtemp(join(tmpdir(), "termite-telemetry-"));
  const home = join(folder, "home");
  const model = join(folder, "tokens.onnx");
  await Bun.write(join(home, "present"), "");
  await Bun.write(model, createContractModels().tokens);
  // ONNX Runtime is silent wherever `CI` is set: the child must not see it.
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, ORT_DISABLE_TELEMETRY: "0" };
  const script = join(import.meta.dir, "../../fixtures/ort-run.ts");
  const command = [process.execPath, script, model];
  const child = Bun.spawn(command, { env: environment, stdio: ["ignore", "inherit", "inherit"] });
  expect(await child.exited).toBe(0);
  expect(await readdir(home)).not.toContain(".cache");
  await rm(folder, { recursive: true });
}, 20_000);
