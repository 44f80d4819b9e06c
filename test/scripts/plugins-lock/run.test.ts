import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChildEnvironment, readEnvironment } from "../../../src/config/env.ts";
import type { PluginLock } from "../../../src/plugins/catalog/lock.ts";
import { parsePluginLock } from "../../../src/plugins/catalog/parse-lock.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import type { IndexServerOptions } from "../../fixtures/plugins/index-server.ts";
import { makeElf } from "../../fixtures/plugins/make-elf.ts";
import { makeWheel, writeWheels } from "../../fixtures/plugins/make-wheel.ts";
import type { MadeWheel, WheelContent } from "../../fixtures/plugins/make-wheel.ts";

const SCRIPT = join(import.meta.dir, "../../../scripts/plugins-lock/run.ts");
const SET = "onnx-cuda13-linux-x64";
const X64 = "manylinux_2_28_x86_64";

function makeRuntime(version: string, needed: readonly string[]): MadeWheel {
  const capi = "onnxruntime/capi";
  const versions = { "libc.so.6": ["GLIBC_2.28", "GLIBC_2.9"], "libstdc++.so.6": ["GLIBCXX_3.4.22"] };
  return makeWheel({
    name: "onnxruntime-gpu",
    version,
    tag: `cp312-cp312-${X64}`,
    licence: null,
    files: {
      "onnxruntime/LICENSE": "MIT",
      "onnxruntime/__init__.py": "print()",
      [`${capi}/libonnxruntime.so.${version}`]: makeElf({ arch: "x64", soname: "libonnxruntime.so.1", versions }),
      [`${capi}/libonnxruntime_providers_shared.so`]: makeElf({ arch: "x64" }),
      [`${capi}/libonnxruntime_providers_cuda.so`]: makeElf({ arch: "x64", needed: ["libc.so.6", "libcuda.so.1", ...needed] }),
      [`${capi}/libonnxruntime_providers_tensorrt.so`]: makeElf({ arch: "x64", needed: ["libnvinfer.so.10"] }),
    },
  });
}

function makeLibrary(name: string, version: string, files: WheelContent["files"]): MadeWheel {
  return makeWheel({ name, version, tag: `py3-none-${X64}`, files: { "nvidia/__init__.py": "", ...files } });
}

const LIB = "nvidia/cu13/lib";
const RUNTIME = makeRuntime("1.31.1", ["libcublas.so.13", "libcudart.so.13"]);
const CUBLAS = makeLibrary("nvidia-cublas", "13.10.0", {
  [`${LIB}/libcublas.so.13`]: { content: makeElf({ arch: "x64", needed: ["libcublasLt.so.13"] }), mode: 0o744 },
  [`${LIB}/libcublasLt.so.13`]: makeElf({ arch: "x64", versions: { "libc.so.6": ["GLIBC_2.17"] } }),
});
const CUDART = makeLibrary("nvidia-cuda-runtime", "13.5.37", { [`${LIB}/libcudart.so.13`]: makeElf({ arch: "x64" }) });
const OTHERS = [
  makeRuntime("1.30.0", []),
  makeRuntime("1.29.0", []),
  makeRuntime("1.28.0", []),
  makeRuntime("1.26.0", []),
  makeRuntime("1.32.0", []),
  makeRuntime("1.33.0rc1", []),
  makeRuntime("1.34.0", []),
  makeLibrary("nvidia-cublas", "14.0.0", {}),
];
const FACTS = {
  [OTHERS[4]?.file ?? ""]: { uploaded: "2026-05-30T12:00:00.5Z" },
  [OTHERS[6]?.file ?? ""]: { yanked: true },
};
const ALL = [RUNTIME, CUBLAS, CUDART, ...OTHERS];

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "termite-plugins-lock-"))));
afterEach(() => rm(folder, { recursive: true }));

interface Ran {
  exitCode: number;
  out: string;
  said: string;
}

async function run(...args: readonly string[]): Promise<Ran> {
  const folders = ["--out", join(folder, "out"), "--cache", join(folder, "cache")];
  const child = Bun.spawn([process.execPath, SCRIPT, "--only", SET, ...folders, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: createChildEnvironment(readEnvironment()),
  });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exitCode: await child.exited, out, said };
}

function serve(options: Partial<IndexServerOptions> = {}) {
  return serveWheels({ wheels: ALL, facts: FACTS, ...options });
}

function readText(): Promise<string> {
  return readFile(join(folder, "out", `${SET}.json`), "utf8");
}

async function readLock(): Promise<PluginLock> {
  return parsePluginLock(SET, JSON.parse(await readText()));
}

const DAY = ["--as-of", "2026-06-01"];

describe("plugins:lock", () => {
  test("takes the newest that the rules allow and what its libraries need", async () => {
    using server = await serve();
    const { exitCode, out } = await run("--index-url", server.indexUrl.href, ...DAY);
    expect(exitCode).toBe(0);
    const lock = await readLock();
    expect(lock).toMatchObject({
      plugin: "onnx:cuda",
      version: "1.31.1",
      variant: "cuda13",
      platform: { os: "linux", arch: "x64" },
      accepts: ["1.30.0", "1.29.0"],
      library: "onnxruntime/capi/libonnxruntime.so.1.31.1",
      needs: { glibc: "2.28", glibcxx: "3.4.22", driver: "580", computeCapability: "7.5" },
    });
    expect(lock.wheels.map(({ name, version, files }) => [name, version, files.map(({ path, to }) => to ?? path)])).toEqual([
      [
        "onnxruntime-gpu",
        "1.31.1",
        [
          "licenses/onnxruntime-gpu/LICENSE",
          "onnxruntime/capi/libonnxruntime.so.1.31.1",
          "onnxruntime/capi/libonnxruntime_providers_cuda.so",
          "onnxruntime/capi/libonnxruntime_providers_shared.so",
        ],
      ],
      ["nvidia-cublas", "13.10.0", ["licenses/nvidia-cublas/License.txt", `${LIB}/libcublas.so.13`, `${LIB}/libcublasLt.so.13`]],
      ["nvidia-cuda-runtime", "13.5.37", ["licenses/nvidia-cuda-runtime/License.txt", `${LIB}/libcudart.so.13`]],
    ]);
    expect(out.split("\n")).toEqual([
      `${SET}: 1.31.1 (new), needs glibc 2.28, GLIBCXX 3.4.22`,
      "  + onnxruntime-gpu 1.31.1, 0.0 MB, 2026-01-02T03:04:05Z, MIT",
      "  + nvidia-cublas 13.10.0, 0.0 MB, 2026-01-02T03:04:05Z, NVIDIA CUDA EULA",
      "  + nvidia-cuda-runtime 13.5.37, 0.0 MB, 2026-01-02T03:04:05Z, NVIDIA CUDA EULA",
      "  fetched 0.0 MB, on disk 0.0 MB",
      "",
    ]);
  });

  test("says where the bytes of each file lie and what they are", async () => {
    using server = await serve();
    await run("--index-url", server.indexUrl.href, ...DAY);
    const cublas = (await readLock()).wheels.find(({ name }) => name === "nvidia-cublas");
    expect(cublas).toMatchObject({ file: CUBLAS.file, sha256: CUBLAS.sha256, sizeBytes: CUBLAS.bytes.length });
    const file = cublas?.files.find(({ path }) => path === `${LIB}/libcublas.so.13`);
    expect(file?.mode).toBe(0o555);
    const { dataOffset = 0, compressedBytes = 0 } = file ?? {};
    const packed = CUBLAS.bytes.subarray(dataOffset, dataOffset + compressedBytes);
    const content = Bun.inflateSync(Buffer.from(packed), { windowBits: -15 });
    expect(Buffer.from(content).equals(makeElf({ arch: "x64", needed: ["libcublasLt.so.13"] }))).toBe(true);
    expect(file?.pieces).toEqual([new Bun.CryptoHasher("sha256").update(packed).digest("hex")]);
  });

  test("reads no wheel twice, throws each away, and writes the same text again", async () => {
    using server = await serve();
    await run("--index-url", server.indexUrl.href, ...DAY);
    const [text, count] = [await readText(), server.requests.length];
    expect(count).toBe(3);
    const { out } = await run("--index-url", server.indexUrl.href, ...DAY);
    expect(out).toStartWith(`${SET}: 1.31.1 (same version), needs glibc 2.28, GLIBCXX 3.4.22\n  fetched`);
    expect([await readText(), server.requests.length]).toEqual([text, count]);
    expect(await readdir(join(folder, "cache", "work"))).toEqual([]);
  });

  test("goes on where it ended, and leaves the lock alone until it is whole", async () => {
    using server = await serve({ fault: ({ file }) => (file === CUDART.file ? { kind: "status", status: 403 } : undefined) });
    const failed = await run("--index-url", server.indexUrl.href, ...DAY);
    expect(failed.exitCode).toBe(1);
    expect(failed.said).toContain(`plugins:lock: Cannot fetch "http://${server.indexUrl.host}/files/${CUDART.file}": `);
    expect(await readdir(join(folder, "out"))).toEqual([]);
    server.setFault(undefined);
    const count = server.requests.length;
    expect((await run("--index-url", server.indexUrl.href, ...DAY)).exitCode).toBe(0);
    expect(server.requests.slice(count).map(({ file }) => file)).toEqual([CUDART.file]);
  });

  test("tells what changed", async () => {
    using server = await serve();
    await run("--index-url", server.indexUrl.href, ...DAY);
    const newer = makeLibrary("nvidia-cublas", "13.11.0", {
      [`${LIB}/libcublas.so.13`]: makeElf({ arch: "x64" }),
      [`${LIB}/libcublasLt.so.13`]: makeElf({ arch: "x64" }),
    });
    const curand = makeLibrary("nvidia-curand", "10.4.5", { [`${LIB}/libcurand.so.10`]: makeElf({ arch: "x64" }) });
    const runtime = makeRuntime("1.31.2", ["libcublas.so.13", "libcurand.so.10"]);
    using second = await serveWheels({ wheels: [runtime, RUNTIME, newer, curand] });
    const { out } = await run("--index-url", second.indexUrl.href);
    expect(out.split("\n").slice(0, -2)).toEqual([
      `${SET}: 1.31.2 (was 1.31.1), needs glibc 2.28, GLIBCXX 3.4.22`,
      "  ~ onnxruntime-gpu 1.31.1 -> 1.31.2, 0.0 MB -> 0.0 MB, 2026-01-02T03:04:05Z, + onnxruntime/capi/libonnxruntime.so.1.31.2, - onnxruntime/capi/libonnxruntime.so.1.31.1",
      "  ~ nvidia-cublas 13.10.0 -> 13.11.0, 0.0 MB -> 0.0 MB, 2026-01-02T03:04:05Z",
      "  + nvidia-curand 10.4.5, 0.0 MB, 2026-01-02T03:04:05Z, NVIDIA CUDA EULA",
      "  - nvidia-cuda-runtime 13.5.37",
    ]);
  });

  test("reads a folder of wheels without an index", async () => {
    const wheels = join(folder, "wheels");
    await writeWheels(wheels, [RUNTIME, CUBLAS, CUDART]);
    await utimes(join(wheels, RUNTIME.file), 1_700_000_000, 1_700_000_000);
    expect(await run("--wheels", wheels, "--index-url", "http://127.0.0.1:9/simple/")).toMatchObject({ exitCode: 0 });
    const { wheels: [first] } = await readLock();
    expect(first).toMatchObject({ sha256: RUNTIME.sha256, uploaded: "2023-11-14T22:13:20Z" });
  });

  test("locks all files where they lie, each path once, with --all-files", async () => {
    using server = await serve();
    await run("--index-url", server.indexUrl.href, ...DAY, "--all-files");
    const paths = (await readLock()).wheels.flatMap(({ files }) => files.map(({ path, to }) => to ?? path));
    expect(paths).toContain("onnxruntime/__init__.py");
    expect(paths).toContain("nvidia_cublas-13.10.0.dist-info/RECORD");
    expect(paths.filter((path) => path === "nvidia/__init__.py")).toEqual(["nvidia/__init__.py"]);
    expect(paths.filter((path) => path.startsWith("licenses/"))).toEqual([]);
  });

  const stops: [what: string, wheels: readonly MadeWheel[], found: string][] = [
    [
      "a library that no package of the table has",
      [makeRuntime("1.31.1", ["libcutlass.so.4"])],
      `Cannot lock "${SET}": no package of the table has "libcutlass.so.4"`,
    ],
    [
      "a wheel that lost a file",
      [makeRuntime("1.31.1", ["libcublas.so.13"]), makeLibrary("nvidia-cublas", "13.10.0", { [`${LIB}/libcublas.so.13`]: makeElf() })],
      `Cannot lock "${CUBLAS.file}": found no file for "${LIB}/libcublasLt.so.13"`,
    ],
    [
      "a wheel that tells another version",
      [{ ...RUNTIME, file: RUNTIME.file.replace("1.31.1", "1.31.2") }],
      `Cannot lock "${RUNTIME.file.replace("1.31.1", "1.31.2")}": its METADATA says version "1.31.1"`,
    ],
  ];
  test.each(stops)("stops at %s", async (_, wheels, found) => {
    using server = await serveWheels({ wheels });
    const { exitCode, said } = await run("--index-url", server.indexUrl.href);
    expect(exitCode).toBe(1);
    expect(said.trimEnd().split("\n").at(-1)).toBe(`plugins:lock: ${found}`);
  });

  const refused: [args: readonly string[], found: string][] = [
    [["--as-of", "yesterday"], 'Cannot read the day "yesterday": write it as "2026-11-22"'],
    [["--wheels", "/nowhere/at/all"], "ENOENT: no such file or directory, scandir '/nowhere/at/all'"],
  ];
  test.each(refused)("refuses %j", async (args, found) => {
    expect(await run(...args)).toMatchObject({ exitCode: 1, out: "" });
    expect((await run(...args)).said).toContain(`plugins:lock: ${found}\n`);
  });
});
