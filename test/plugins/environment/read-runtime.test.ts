import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createSystem } from "../../../src/plugins/detect/system.ts";
import { readLibraryTree } from "../../../src/plugins/environment/library-tree.ts";
import { readRuntime } from "../../../src/plugins/environment/read-runtime.ts";

const folder = mkdtempSync(join(tmpdir(), "termite-runtime-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text = ""): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const library = write("tree/onnxruntime/capi/libonnxruntime.so.1.31.1");
write("tree/nvidia/cu13/lib/libcublas.so.13");
write("tree/nvidia/cu13/lib/libcudart.so.13");
write("tree/nvidia/cu13/bin/ptxas");
write("tree/nvidia/cudnn/include/cudnn.h");
const lonely = write("lonely/a/b/libonnxruntime.so");
const vm = join(folder, "vm");
write("vm/sys/class/dmi/id/product_name", "Google Compute Engine\n");

const platform = { os: "linux", arch: "x64" };
const read = (root: string) => createSystem({ environment: {}, platform, root });

test("readLibraryTree() finds the folder that holds the plugin's CUDA above its library", () => {
  expect(readLibraryTree(library)).toEqual({
    root: join(folder, "tree"),
    files: ["nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/bin/ptxas"],
  });
  expect(readLibraryTree(lonely)).toBeUndefined();
});

test("readRuntime() gives a CUDA engine its preloads and the chosen GPU", () => {
  const nvidia = { chosen: { uuid: "GPU-1" } };
  const hardware = { nvidia, tpu: { state: "absent" } } as never;
  const runtime = readRuntime("onnx:cuda", { libraryPath: library, environment: {}, system: read(folder), hardware });
  expect(runtime.environment).toMatchObject({ CUDA_VISIBLE_DEVICES: "GPU-1", ORT_DISABLE_TELEMETRY: "1" });
  expect(runtime.preload).toEqual([
    join(folder, "tree/nvidia/cu13/lib/libcudart.so.13"), join(folder, "tree/nvidia/cu13/lib/libcublas.so.13"),
  ]);
});

test("readRuntime() preloads nothing for the CPU", () => {
  const runtime = readRuntime("onnx:cpu", { libraryPath: library, environment: {}, system: read(folder) });
  expect([runtime.preload, runtime.environment["CUDA_VISIBLE_DEVICES"]]).toEqual([[], undefined]);
});

test("readRuntime() lets libtpu ask the metadata server on Google Cloud only", () => {
  const options = { libraryPath: lonely, environment: {} };
  expect(readRuntime("xla:tpu", { ...options, system: read(vm) }).environment["TPU_SKIP_MDS_QUERY"]).toBeUndefined();
  expect(readRuntime("xla:tpu", { ...options, system: read(folder) }).environment["TPU_SKIP_MDS_QUERY"]).toBe("1");
});
