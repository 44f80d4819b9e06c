// Foreign libraries in the way: found in a tree that stands for a machine, and what is said of them.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolveCudnn } from "../../../src/doctor/libraries/cudnn.ts";
import { resolveLibraryPath, resolvePreload } from "../../../src/doctor/libraries/library-path.ts";
import { parseLinkerFolders } from "../../../src/doctor/libraries/linker-folders.ts";
import { findOurLibraries } from "../../../src/doctor/libraries/our-libraries.ts";
import { resolvePtxas } from "../../../src/doctor/libraries/ptxas.ts";
import { readCudnn, readLibraryPath, readPreload, readPtxas } from "../../../src/doctor/libraries/read-foreign.ts";
import { createSystem } from "../../../src/plugins/detect/system.ts";

const top = mkdtempSync(join(tmpdir(), "termite-doctor-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

function openSystem(files: readonly string[], environment: Record<string, string> = {}, links: Record<string, string> = {}) {
  const root = mkdtempSync(join(top, "root-"));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "", { mode: file.endsWith("/ptxas") ? 0o755 : 0o644 });
  }
  for (const [path, to] of Object.entries(links)) symlinkSync(to, join(root, path));
  return createSystem({ environment, platform: { os: "linux", arch: "x64" }, root });
}

test("findOurLibraries() keeps the names that an engine loads", () => {
  const ours = [
    "libcublas.so.13", "libcublasLt.so.12", "libcudart.so.13", "libcudnn.so.9", "libcudnn_graph.so.9.5.1", "libnccl.so.2",
    "libonnxruntime.so.1.20.0", "libonnxruntime_providers_cuda.so", "libstdc++.so.6",
  ];
  const others = ["libcudnn.so.8", "libcudnn.a", "libfoo.so", "libcudart.a", "libnccl-net.so", "readme"];
  expect(findOurLibraries([...others, ...ours])).toEqual(ours);
});

describe("readLibraryPath()", () => {
  test("names each folder with the libraries of ours in it", () => {
    const system = openSystem(["/srv/old/libcudnn.so.9", "/srv/old/libfoo.so", "/srv/conda/lib/libz.so"], { LD_LIBRARY_PATH: "/srv/old:/srv/conda/lib:/none:/srv/old" });
    expect(readLibraryPath(system)).toEqual({
      variable: "LD_LIBRARY_PATH",
      folders: [
        { path: "/srv/old", libraries: ["libcudnn.so.9"] },
        { path: "/srv/conda/lib", libraries: [] },
        { path: "/none", libraries: [] },
      ],
    });
  });

  test.each([":", "/none::/none", "/none:"])("takes the empty entry of %p for the working folder, as the linker does", (text) => {
    const system = openSystem([join(process.cwd(), "libcudnn.so.9")], { LD_LIBRARY_PATH: text });
    expect(readLibraryPath(system).folders).toContainEqual({ path: process.cwd(), libraries: ["libcudnn.so.9"] });
  });

  test("passes over folders of such a name and links that lead nowhere", () => {
    const system = openSystem(["/srv/libcudart.so.13/readme"], { LD_LIBRARY_PATH: "/srv" }, { "/srv/libcudnn.so.9": "libcudnn.so.9.5.1" });
    expect(readLibraryPath(system).folders).toEqual([{ path: "/srv", libraries: [] }]);
  });

  test.each([{}, { LD_LIBRARY_PATH: "" }])("gives no folder when the variables are %p", (environment) => {
    expect(readLibraryPath(openSystem([], environment))).toEqual({ variable: "LD_LIBRARY_PATH", folders: [] });
  });
});

describe("resolveLibraryPath()", () => {
  test("says that the variable is not set when there is no folder", () => {
    expect(resolveLibraryPath({ variable: "LD_LIBRARY_PATH", folders: [] })).toEqual({ status: "ok", found: "LD_LIBRARY_PATH is not set" });
  });

  test("names the folders when none holds a library of ours", () => {
    const folders = [{ path: "/a", libraries: [] }, { path: "/b", libraries: [] }];
    expect(resolveLibraryPath({ variable: "LD_LIBRARY_PATH", folders })).toEqual({
      status: "ok",
      found: "LD_LIBRARY_PATH names /a, /b: no library there that an engine loads",
    });
  });

  test("warns with every library that is in the way", () => {
    const folders = [
      { path: "/a", libraries: ["libcudnn.so.9", "libstdc++.so.6"] },
      { path: "/b", libraries: [] },
      { path: "/c", libraries: ["libonnxruntime.so.1"] },
    ];
    expect(resolveLibraryPath({ variable: "LD_LIBRARY_PATH", folders })).toEqual({
      status: "warn",
      found: "LD_LIBRARY_PATH puts libraries in the way: /a (libcudnn.so.9, libstdc++.so.6); /c (libonnxruntime.so.1)",
      needed: "no folder in it that holds a library of an engine",
      remedy: "env -u LD_LIBRARY_PATH termite serve",
    });
  });
});

test("resolvePreload() warns with what LD_PRELOAD names, between colons or spaces", () => {
  expect(resolvePreload(readPreload(openSystem([])))).toEqual({ status: "ok", found: "LD_PRELOAD is not set" });
  expect(resolvePreload(readPreload(openSystem([], { LD_PRELOAD: "/a/x.so:/b/y.so z.so" })))).toEqual({
    status: "warn",
    found: "LD_PRELOAD loads /a/x.so, /b/y.so, z.so into every engine",
    needed: "no LD_PRELOAD",
    remedy: "env -u LD_PRELOAD termite serve",
  });
});

test("resolvePtxas() warns with every ptxas in PATH, the first that would be taken first", () => {
  expect(resolvePtxas(readPtxas(openSystem([], { PATH: "/usr/bin:/bin" })))).toEqual({ status: "ok", found: "no foreign ptxas in PATH" });
  const files = ["/usr/local/cuda/bin/ptxas", "/srv/conda/bin/ptxas"];
  const one = openSystem(files, { PATH: "/usr/bin:/usr/local/cuda/bin/" });
  expect(resolvePtxas(readPtxas(one))).toEqual({
    status: "warn",
    found: "/usr/local/cuda/bin/ptxas is in PATH",
    needed: "none: XLA would take it before the one of its plugin",
    remedy: 'Take "/usr/local/cuda/bin" out of the PATH that termite is started with',
  });
  const two = openSystem(files, { PATH: "/srv/conda/bin:/usr/local/cuda/bin" });
  expect(resolvePtxas(readPtxas(two)).found).toBe("/srv/conda/bin/ptxas is in PATH, and after it /usr/local/cuda/bin/ptxas");
});

describe("readPtxas()", () => {
  test("passes over a folder of that name, what cannot be run, and a link that leads nowhere", () => {
    const system = openSystem(["/a/ptxas/readme", "/b/ptxas", "/c/readme"], { PATH: "/a:/b:/c" }, { "/c/ptxas": "/d/ptxas" });
    chmodSync(join(system.root, "b/ptxas"), 0o644);
    expect(readPtxas(system)).toEqual([]);
  });

  test.each([":/none", "/none:", "/none::/none"])("takes the empty entry of %p for the working folder", (text) => {
    const path = join(process.cwd(), "ptxas");
    expect(readPtxas(openSystem([path], { PATH: text }))).toEqual([path]);
  });
});

test("parseLinkerFolders() keeps the folders of what ldconfig reads", () => {
  const text = "# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n  /srv/a:/srv/b, /srv/c # why\ninclude /etc/other.conf\nhwcap 0 nosegneg\nrelative/lib\n";
  expect(parseLinkerFolders(text)).toEqual(["/usr/local/lib/x86_64-linux-gnu", "/srv/a", "/srv/b", "/srv/c"]);
});

describe("readCudnn()", () => {
  test("names the links in each folder once, also when folders are links to each other", () => {
    const files = [
      "/usr/lib/x86_64-linux-gnu/libcudnn.so.9.5.1", "/usr/lib/x86_64-linux-gnu/libcudnn.so.9", "/usr/lib/x86_64-linux-gnu/libcudnn_ops.so.9",
      "/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/local/cuda/lib64/libcudnn.so.8.9.7",
    ];
    expect(readCudnn(openSystem(files, {}, { "/lib": "usr/lib" }))).toEqual([
      "/usr/lib/x86_64-linux-gnu/libcudnn.so.9",
      "/usr/lib/x86_64-linux-gnu/libcudnn_ops.so.9",
      "/usr/local/cuda/lib64/libcudnn.so.8.9.7",
    ]);
  });

  test("looks into every folder of the linker's configuration and every CUDA", () => {
    const system = openSystem([
      "/srv/cudnn/lib/libcudnn.so.9", "/srv/a/libcudnn.so.9", "/usr/local/cuda-12.8/lib64/libcudnn.so.9", "/usr/local/cuda-12.8.txt",
      "/srv/not-named/libcudnn.so.9",
    ]);
    mkdirSync(join(system.root, "etc/ld.so.conf.d"), { recursive: true });
    writeFileSync(join(system.root, "etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n/srv/a\n");
    writeFileSync(join(system.root, "etc/ld.so.conf.d/cudnn.conf"), "# cuDNN of /srv/not-named\n/srv/cudnn/lib\n");
    writeFileSync(join(system.root, "etc/ld.so.conf.d/cudnn.conf.old"), "/srv/not-named\n");
    expect(readCudnn(system)).toEqual([
      "/srv/a/libcudnn.so.9", "/srv/cudnn/lib/libcudnn.so.9", "/usr/local/cuda-12.8/lib64/libcudnn.so.9",
    ]);
  });

  test("passes over a link that leads nowhere", () => {
    expect(readCudnn(openSystem(["/usr/lib64/readme"], {}, { "/usr/lib64/libcudnn.so.9": "libcudnn.so.9.5.1" }))).toEqual([]);
  });

  test("finds nothing when there is none", () => {
    expect(readCudnn(openSystem(["/usr/lib/libz.so.1"]))).toEqual([]);
  });
});

test("resolveCudnn() warns with the path of every part", () => {
  expect(resolveCudnn([])).toEqual({ status: "ok", found: "no foreign cuDNN in the system's folders" });
  expect(resolveCudnn(["/usr/lib64/libcudnn.so.9", "/usr/lib64/libcudnn_ops.so.9"])).toEqual({
    status: "warn",
    found: "the system has a cuDNN of its own: /usr/lib64/libcudnn.so.9, /usr/lib64/libcudnn_ops.so.9",
    needed: "none, or one that is not older than that of the plugin",
    remedy: "Remove the system's cuDNN package, or keep it as new as the plugin's",
  });
});
