import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLock } from "../../../scripts/plugins-lock/create-lock.ts";
import { openDetailCache } from "../../../scripts/plugins-lock/detail-cache.ts";
import { resolveSet } from "../../../scripts/plugins-lock/resolve-set.ts";
import type { ResolvedSet } from "../../../scripts/plugins-lock/resolve-set.ts";
import type { PluginSet } from "../../../scripts/plugins-lock/sets.ts";
import { createIndexShelf } from "../../../scripts/plugins-lock/shelf.ts";
import type { Shelf } from "../../../scripts/plugins-lock/shelf.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import { makeElf } from "../../fixtures/plugins/make-elf.ts";
import type { ElfContent } from "../../fixtures/plugins/make-elf.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";
import type { MadeWheel } from "../../fixtures/plugins/make-wheel.ts";
import { catchError } from "../../net/serve-loopback.ts";

const LIBRARY = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
const LIB = "nvidia/cu13/lib";
const SET: PluginSet = {
  id: "demo",
  plugin: "xla:cuda",
  variant: "cuda13",
  arch: "x64",
  root: { name: "jax-cuda13-pjrt", licence: "Apache-2.0", library: LIBRARY, keep: [LIBRARY] },
  dependencies: { kind: "extra", package: "jax-cuda13-plugin", extra: "with-cuda" },
  isPjrt: false,
  needs: { driver: "580" },
};

function make(name: string, version: string, files: Record<string, ElfContent | string> = {}, requires: string[] = []): MadeWheel {
  const made = Object.entries(files).map(([path, file]) => [path, typeof file === "string" ? file : makeElf({ arch: "x64", ...file })]);
  return makeWheel({ name, version, requires, tag: "py3-none-manylinux_2_27_x86_64", files: Object.fromEntries(made) });
}

function makePlugin(...requires: string[]): MadeWheel {
  return make("jax-cuda13-plugin", "0.12.0", {}, requires.map((line) => `${line}; extra == "with-cuda"`));
}

const PJRT = make("jax-cuda13-pjrt", "0.12.0", { [LIBRARY]: { needed: ["libstdc++.so.6"] } });
const CUDART = make("nvidia-cuda-runtime", "13.5.37", { [`${LIB}/libcudart.so.13`]: {} });
const JITLINK = make("nvidia-nvjitlink", "13.5.37", { [`${LIB}/libnvJitLink.so.13`]: {} });
const CUFFT = make("nvidia-cufft", "12.5.0", { [`${LIB}/libcufft.so.12`]: { needed: ["libnvJitLink.so.13"] } }, ["nvidia-nvjitlink"]);

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "termite-resolve-set-"))));
afterEach(() => rm(folder, { recursive: true }));

async function resolve(wheels: readonly MadeWheel[], set = SET): Promise<ResolvedSet> {
  using server = await serveWheels({ wheels });
  const options = { cache: openDetailCache(folder), workFolder: join(folder, "work"), report: () => {} };
  const shelf: Shelf = createIndexShelf(server.createClient(), options);
  return await resolveSet(set, { shelf, asOf: new Date("2026-06-01") });
}

describe("resolveSet()", () => {
  test("takes what the extra of the plugin of the same version asks for, and what that needs", async () => {
    const { wheels, earlier } = await resolve([
      PJRT,
      make("jax-cuda13-pjrt", "0.11.2"),
      makePlugin("nvidia-cufft>=12.0", "nvidia-cuda-runtime", "nvidia-nvshmem-cu13"),
      make("jax-cuda13-plugin", "0.13.0", {}, ["nvidia-cublas"]),
      CUDART,
      make("nvidia-cuda-runtime", "14.0.1"),
      CUFFT,
      JITLINK,
    ]);
    expect(wheels.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "jax-cuda13-pjrt 0.12.0",
      "nvidia-cuda-runtime 13.5.37",
      "nvidia-cufft 12.5.0",
      "nvidia-nvjitlink 13.5.37",
    ]);
    expect(earlier).toEqual(["0.11.2"]);
  });

  const stops: [what: string, wheels: readonly MadeWheel[], message: string][] = [
    [
      "a package that is not in the table",
      [PJRT, makePlugin("nvidia-cutlass")],
      'Cannot lock "demo": "nvidia-cutlass" is needed and not in the table of packages',
    ],
    [
      "a requirement that what was chosen does not meet",
      [PJRT, makePlugin("nvidia-cuda-runtime", "nvidia-cufft"), CUDART, make("nvidia-cufft", "12.5.0", { [`${LIB}/libcufft.so.12`]: {} }, ["nvidia-cuda-runtime<13.5"])],
      'Cannot lock "demo": "nvidia-cuda-runtime" 13.5.37 was chosen, "<13.5" is needed',
    ],
    [
      "a plugin package of another version only",
      [PJRT, make("jax-cuda13-plugin", "0.11.0")],
      'Cannot lock "jax-cuda13-plugin" for x64: no file is allowed (jax_cuda13_plugin-0.11.0-py3-none-manylinux_2_27_x86_64.whl: not "==0.12.0")',
    ],
  ];
  test.each(stops)("stops at %s", async (_, wheels, message) => {
    expect(await catchError(resolve(wheels))).toEqual(new Error(message));
  });
});

describe("createLock()", () => {
  const stops: [what: string, wheels: readonly MadeWheel[], message: string][] = [
    [
      "a library that nothing has",
      [PJRT, makePlugin("nvidia-cuda-runtime"), make("nvidia-cuda-runtime", "13.5.37", { [`${LIB}/libcudart.so.13`]: { needed: ["libmpi.so.40"] } })],
      'Cannot lock "demo": "libcudart.so.13" needs "libmpi.so.40", which nothing has',
    ],
    [
      "a library for another processor",
      [PJRT, makePlugin("nvidia-cuda-runtime"), make("nvidia-cuda-runtime", "13.5.37", { [`${LIB}/libcudart.so.13`]: { arch: "arm64" } })],
      'Cannot lock "demo": "libcudart.so.13" is for aarch64',
    ],
    [
      "two wheels with another file of one path",
      [
        PJRT,
        makePlugin("nvidia-cudnn-cu13", "nvidia-nccl-cu13"),
        make("nvidia-cudnn-cu13", "9.1", { "nvidia/cudnn/lib/libcudnn.so.9": {}, "nvidia/nccl/lib/libnccl.so.2": {} }),
        make("nvidia-nccl-cu13", "2.1", { "nvidia/nccl/lib/libnccl.so.2": { soname: "other" } }),
      ],
      'Cannot lock "nvidia_nccl_cu13-2.1-py3-none-manylinux_2_27_x86_64.whl": another wheel has another "nvidia/nccl/lib/libnccl.so.2"',
    ],
  ];
  test.each(stops)("stops at %s", async (_, wheels, message) => {
    const resolved = await resolve(wheels);
    // The rule of cuDNN would not take NCCL's file: as if it did.
    const greedy = resolved.wheels.map((wheel) => {
      return wheel.name === "nvidia-cudnn-cu13" ? { ...wheel, rule: { ...wheel.rule, keep: ["nvidia/*/lib/*"] } } : wheel;
    });
    expect(() => createLock(SET, { ...resolved, wheels: greedy }, { allFiles: false })).toThrow(message);
  });

  test("takes the oldest glibc that every kept library can do with", async () => {
    const libc = (...versions: string[]) => ({ versions: { "libc.so.6": versions } });
    const lockOf = async (...versions: string[]) => {
      const pjrt = make("jax-cuda13-pjrt", "0.12.0", { [LIBRARY]: libc(...versions), "left/out.so": libc("GLIBC_2.99") });
      return createLock(SET, await resolve([pjrt, makePlugin()]), { allFiles: false });
    };
    expect((await lockOf("GLIBC_2.9", "GLIBC_2.27", "GLIBC_PRIVATE")).needs).toEqual({ glibc: "2.27", driver: "580" });
    expect((await lockOf("GLIBC_2.17", "GLIBC_ABI_DT_RELR")).needs.glibc).toBe("2.36");
  });
});
