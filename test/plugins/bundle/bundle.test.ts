// A plugin out of one store and into another, and everything that a bundle could lie about.
import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packTar } from "modern-tar";
import type { TarEntry, TarHeader } from "modern-tar";
import { exportBundle } from "../../../src/plugins/bundle/export-bundle.ts";
import { importBundle } from "../../../src/plugins/bundle/import-bundle.ts";
import { openBundle } from "../../../src/plugins/bundle/open-bundle.ts";
import type { Bundle } from "../../../src/plugins/bundle/open-bundle.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import { publishVersion } from "../../../src/plugins/store/publish.ts";
import { verifyInstalled } from "../../../src/plugins/store/verify-installed.ts";
import { createPlugin, createVersion, FACTS, hashText, publishPlugin, usePluginsDirs } from "../store/make-plugin.ts";

const createDir = usePluginsDirs();
const HINT = "Make it anew where the plugin is installed: termite plugin export SPEC -o FILE";
const LONG = `nvidia/${"a-very-long-folder/".repeat(14)}library.so`;
/** One file larger than a piece that is read at once, one that is empty, one with a path too long for a plain header. */
const PLUGIN = createPlugin({
  "jax_plugins/xla_cuda13/xla_cuda_plugin.so": "library ".repeat(200_000),
  "nvidia/cu13/bin/ptxas": "#! tool",
  "nvidia/empty": "",
  [LONG]: "far away",
});

let source = "";
beforeAll(async () => {
  source = createDir();
  await publishPlugin(source, PLUGIN);
});

async function writeBundle(splitBytes?: number): Promise<string[]> {
  const folder = createDir();
  mkdirSync(folder, { recursive: true });
  const { files } = await exportBundle({ pluginsDir: source, plugin: "xla:cuda", file: join(folder, "cuda.tar"), splitBytes });
  return [...files];
}

async function requireBundle(path: string): Promise<Bundle> {
  const bundle = await openBundle(path);
  if (bundle.kind !== "bundle") throw new Error("a folder");
  return bundle;
}

async function importFrom(path: string, plugin = PLUGIN) {
  const pluginsDir = createDir();
  const objects = openObjectStore(pluginsDir);
  await importBundle({ bundle: await requireBundle(path), pluginsDir, lock: plugin.lock, objects });
  return { pluginsDir, objects };
}

describe("exportBundle() and importBundle()", () => {
  test.each([undefined, 1_000_000, 4096])("carry a plugin whole when it is split at %p", async (splitBytes) => {
    const files = await writeBundle(splitBytes);
    const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const bundle = await requireBundle(files[0] ?? "");
    expect(bundle.manifest.sizeBytes).toBe(total);
    if (splitBytes !== undefined) {
      expect(files[1]).toEndWith("cuda.tar.001");
      expect(files.slice(0, -1).every((file) => statSync(file).size === splitBytes)).toBeTrue();
    }
    const { pluginsDir, objects } = await importFrom(files[0] ?? "");
    await publishVersion({ pluginsDir, lock: PLUGIN.lock, objects, receiptFacts: FACTS });
    expect((await verifyInstalled({ pluginsDir, plugin: "xla:cuda", cores: 2 })).problems).toEqual([]);
    expect(readdirSync(join(pluginsDir, ".partial"))).toEqual([]);
  });

  test("write the same bytes when the same version is exported twice, and tar can read them", async () => {
    const [one = "", other = ""] = [...(await writeBundle()), ...(await writeBundle())];
    expect(readFileSync(one).equals(readFileSync(other))).toBeTrue();
    const listed = Bun.spawnSync(["tar", "-tf", one]).stdout.toString().trim().split("\n");
    const paths = PLUGIN.lock.wheels.flatMap(({ files }) => files.map(({ path }) => path));
    expect(listed).toEqual(["bundle.json", ...paths.sort()]);
  });

  test("tell every byte, and take what is there already as it is", async () => {
    const [file = ""] = await writeBundle();
    const { pluginsDir, objects } = await importFrom(file);
    const told: { path: string; doneBytes: number; totalBytes: number }[] = [];
    const kept: string[] = [];
    await importBundle({
      bundle: await requireBundle(file), pluginsDir, lock: PLUGIN.lock, objects,
      onProgress: (progress) => told.push(progress),
      onFile: ({ path }) => void kept.push(path),
    });
    const totalBytes = 8 * 200_000 + "#! tool".length + "far away".length;
    expect(told.at(-1)).toMatchObject({ doneBytes: totalBytes, totalBytes });
    expect(kept).toHaveLength(4);
  });

  test("stop with the reason when they are aborted", async () => {
    const [file = ""] = await writeBundle();
    const signal = AbortSignal.abort(new Error("enough"));
    const folder = createDir();
    mkdirSync(folder, { recursive: true });
    const exporting = exportBundle({ pluginsDir: source, plugin: "xla:cuda", file: join(folder, "x.tar"), signal });
    await expect(exporting).rejects.toThrow("enough");
    expect(readdirSync(folder)).toEqual([]);
    const pluginsDir = createDir();
    const importing = importBundle({ bundle: await requireBundle(file), pluginsDir, lock: PLUGIN.lock, objects: openObjectStore(pluginsDir), signal });
    await expect(importing).rejects.toThrow("enough");
  });
});

describe("exportBundle()", () => {
  test("refuses and leaves no file when the plugin is damaged", async () => {
    const pluginsDir = createDir();
    const { folder } = await publishPlugin(pluginsDir, createVersion("1.0"));
    const path = join(folder, "nvidia/cu13/lib/libcudart.so.13");
    chmodSync(path, 0o644);
    writeFileSync(path, "runtime 1.1");
    const file = join(createDir(), "cuda.tar");
    mkdirSync(join(file, ".."), { recursive: true });
    await expect(exportBundle({ pluginsDir, plugin: "xla:cuda", file })).rejects.toMatchObject({
      code: "plugin_damaged",
      message: `Cannot export "xla:cuda": found sha256 ${hashText("runtime 1.1")} of "nvidia/cu13/lib/libcudart.so.13", need ${hashText("runtime 1.0")}`,
      hint: "Look at it and mend it: termite plugin verify xla:cuda; termite plugin install xla:cuda",
    });
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });

  test("refuses when a file of that name is there", async () => {
    const [file = ""] = await writeBundle();
    await expect(exportBundle({ pluginsDir: source, plugin: "xla:cuda", file })).rejects.toMatchObject({
      code: "usage", message: `Cannot write "${file}": it is there already`, hint: "Remove it, or write to another name",
    });
    expect(existsSync(file)).toBeTrue();
  });

  test("refuses parts that are too many, and a folder that is not there", async () => {
    const file = join(createDir(), "none/cuda.tar");
    await expect(exportBundle({ pluginsDir: source, plugin: "xla:cuda", file, splitBytes: 512 })).rejects.toMatchObject({
      code: "usage", message: expect.stringMatching(/^Cannot split into parts of 512 bytes: need \d{4} or more, for at most 1000 parts$/),
    });
    await expect(exportBundle({ pluginsDir: source, plugin: "xla:cuda", file })).rejects.toMatchObject({
      code: "usage", message: `Cannot write "${file}": its folder is not there`,
    });
  });
});

describe("openBundle()", () => {
  test("gives the folder when it is one", async () => {
    const folder = createDir();
    mkdirSync(folder, { recursive: true });
    expect(await openBundle(folder)).toEqual({ kind: "wheels", folder });
  });

  const damages: [string, (files: string[]) => unknown, (files: string[]) => string][] = [
    ["a part in the middle is missing", (files) => rmSync(files[2] ?? ""), (files) => `its part "cuda.tar.002" of ${files.length} is missing`],
    ["the last part is missing", (files) => rmSync(files.at(-1) ?? ""), (files) => `its part "cuda.tar.00${files.length - 1}" of ${files.length} is missing`],
    ["a part is short", (files) => truncateSync(files[1] ?? "", 4), () => 'found 4 bytes in "cuda.tar.001", need 400000'],
    ["the last part is short", (files) => truncateSync(files.at(-1) ?? "", 4), (files) => `found 4 bytes in "cuda.tar.00${files.length - 1}", need `],
    ["a part is too much", (files) => writeFileSync((files[0] ?? "").replace(/000$/, `00${files.length}`), "x"),
      (files) => `found "cuda.tar.00${files.length}", which is not one of its ${files.length} parts`],
  ];
  test.each(damages)("refuses when %s", async (_name, damage, found) => {
    const files = await writeBundle(400_000);
    damage(files);
    const { code, message, hint } = await openBundle(files[0] ?? "").catch((error) => error);
    expect([code, hint]).toEqual(["invalid_bundle", HINT]);
    expect(message).toStartWith(`Cannot use "cuda.tar.000": ${found(files)}`);
  });

  const other: [string, () => string | Promise<Uint8Array>, string][] = [
    ["is no tar", () => "no tar ".repeat(100), "it is not a tar that can be read: "],
    ["is empty", () => "", "it is not a tar that can be read: "],
    ["is a tar of another kind", () => packTar([{ header: { name: "README", size: 2 }, body: "hi" }]), 'its first file is "README", need "bundle.json"'],
    ["has a broken manifest", () => packTar([{ header: { name: "bundle.json", size: 2 }, body: "{}" }]), 'found a broken "bundle.json": format: '],
    ["has no JSON for one", () => packTar([{ header: { name: "bundle.json", size: 2 }, body: "{[" }]), 'found a broken "bundle.json": it is not JSON'],
  ];
  test.each(other)("refuses a file that %s", async (_name, make, found) => {
    const file = join(createDir(), "made.tar");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, await make());
    const { code, message } = await openBundle(file).catch((error) => error);
    expect(code).toBe("invalid_bundle");
    expect(message).toStartWith(`Cannot use "made.tar": ${found}`);
  });

  test("refuses what is not there", async () => {
    await expect(openBundle(`/${"x".repeat(65_000)}`)).rejects.toMatchObject({
      code: "invalid_bundle",
      message: `Cannot use "/${"x".repeat(79)}…": found a path of 65001 characters, which is too long`,
      hint: "Give the file of termite plugin export, its first part (FILE.000), or a folder of wheels",
    });
    await expect(openBundle("/none/cuda.tar")).rejects.toMatchObject({
      code: "invalid_bundle", message: 'Cannot use "/none/cuda.tar": it is not there',
      hint: "Give the file of termite plugin export, its first part (FILE.000), or a folder of wheels",
    });
  });
});

const SMALL = createPlugin({ "a/library.so": "library", "b/tool": "#! tool" });
const [WHEEL] = SMALL.lock.wheels;
const FILES = (WHEEL?.files ?? []).map(({ path, mode, sizeBytes, sha256 }) => ({ path, mode, sizeBytes, sha256 }));
const NAMES = ["a/library.so", "b/tool"] as const;

type Entries = (TarEntry & { header: TarHeader })[];

const createEntry = (name: string, body: string, header: Partial<TarHeader> = {}) => ({ header: { name, size: body.length, ...header }, body });

/** A bundle as somebody would make it who can write any tar. */
async function forge(change: { manifest?: object; entries?: (good: Entries) => Entries }): Promise<string> {
  const file = join(createDir(), "forged.tar");
  mkdirSync(join(file, ".."), { recursive: true });
  const good = [createEntry(NAMES[0], "library"), createEntry(NAMES[1], "#! tool")];
  const entries = change.entries?.(good) ?? good;
  const facts = { format: 1, plugin: "xla:cuda", version: "1.0", variant: "cuda13", platform: { os: "linux", arch: "x64" }, lockSha256: "0".repeat(64), files: FILES };
  let sizeBytes = 0;
  for (;;) {
    const text = JSON.stringify({ ...facts, sizeBytes, ...change.manifest });
    const tar = await packTar([createEntry("bundle.json", text), ...entries]);
    if (tar.length === sizeBytes) {
      writeFileSync(file, tar);
      return file;
    }
    sizeBytes = tar.length;
  }
}

describe("importBundle()", () => {
  test("accepts a bundle in another order", async () => {
    const { objects } = await importFrom(await forge({ entries: (good) => good.toReversed() }), SMALL);
    expect(FILES.every((file) => objects.has(file))).toBeTrue();
  });

  const [library, tool] = FILES;
  const rows: [string, Parameters<typeof forge>[0], string][] = [
    ["a path that climbs", { entries: (good) => [...good, createEntry("../../etc/cron.d/x", "x")] }, 'found "../../etc/cron.d/x", which is not in its "bundle.json"'],
    ["an absolute path", { entries: (good) => [createEntry("/a/library.so", "library"), ...good] }, 'found "/a/library.so", which is not in its "bundle.json"'],
    ["a manifest whose path climbs", { manifest: { files: [{ ...library, path: "../x" }, tool] } }, 'found a broken "bundle.json": files.0.path: a path that leads elsewhere'],
    ["a symbolic link", { entries: ([, second]) => [{ header: { name: NAMES[0], size: 0, type: "symlink", linkname: "/etc/passwd" } }, ...(second ? [second] : [])] }, 'found "a/library.so", a symlink, need regular files only'],
    ["a hard link", { entries: (good) => [...good, { header: { name: "c", size: 0, type: "link", linkname: NAMES[0] } }] }, 'found "c", a link, need regular files only'],
    ["a folder", { entries: (good) => [{ header: { name: "a/", size: 0, type: "directory" } }, ...good] }, 'found "a/", a directory, need regular files only'],
    ["a device", { entries: (good) => [...good, { header: { name: "d", size: 0, type: "character-device" } }] }, 'found "d", a character-device, need regular files only'],
    ["a pipe", { entries: (good) => [...good, { header: { name: "p", size: 0, type: "fifo" } }] }, 'found "p", a fifo, need regular files only'],
    ["a file more", { entries: (good) => [...good, createEntry("c/more", "x")] }, 'found "c/more", which is not in its "bundle.json"'],
    ["a file twice", { entries: (good) => [...good, createEntry(NAMES[0], "library")] }, 'found "a/library.so" twice'],
    ["a second manifest", { entries: (good) => [...good, createEntry("bundle.json", "{}")] }, 'found "bundle.json", which is not in its "bundle.json"'],
    ["a file less", { entries: ([first]) => (first ? [first] : []) }, '"b/tool" is not in it'],
    ["other bytes", { entries: ([, second]) => [createEntry(NAMES[0], "LIBRARY"), ...(second ? [second] : [])] }, `found sha256 ${hashText("LIBRARY")} of "a/library.so", need ${library?.sha256}`],
    ["another size", { entries: ([, second]) => [createEntry(NAMES[0], "library!"), ...(second ? [second] : [])] }, 'found 8 bytes of "a/library.so", need 7'],
    ["another plugin", { manifest: { plugin: "xla:tpu" } }, 'found plugin "xla:tpu", need "xla:cuda"'],
    ["another version", { manifest: { version: "0.9" } }, 'found version "0.9", need "1.0"'],
    ["another variant", { manifest: { variant: "cuda12" } }, 'found variant "cuda12", need "cuda13"'],
    ["another platform", { manifest: { platform: { os: "linux", arch: "arm64" } } }, 'found platform "linux-arm64", need "linux-x64"'],
    ["a manifest of other bytes", { manifest: { files: [{ ...library, sha256: "1".repeat(64) }, tool] } }, `found sha256 ${"1".repeat(64)} of "a/library.so", need ${library?.sha256}`],
    ["a manifest of another mode", { manifest: { files: [{ ...library, mode: 0o555 }, tool] } }, 'found mode 0555 of "a/library.so", need 0444'],
    ["a manifest with a file more", { manifest: { files: [...FILES, { ...library, path: "c" }] } }, 'found "c", which this build\'s lock does not have'],
    ["a manifest with a file less", { manifest: { files: [library] } }, '"b/tool" of this build\'s lock is not in it'],
    ["a manifest with a file twice", { manifest: { files: [...FILES, library] } }, 'found a file twice in its "bundle.json"'],
  ];
  test.each(rows)("refuses %s", async (_name, change, found) => {
    const file = await forge(change);
    await expect(importFrom(file, SMALL)).rejects.toMatchObject({ code: "invalid_bundle", message: `Cannot use "forged.tar": ${found}`, hint: HINT });
  });

  test("refuses a tar that is damaged", async () => {
    const file = await forge({});
    const bytes = readFileSync(file);
    // In the second header: its checksum is wrong then.
    bytes[1024 + 3] = 0x7a;
    writeFileSync(file, bytes);
    await expect(importFrom(file, SMALL)).rejects.toThrow(/^Cannot use "forged.tar": it is not a tar that can be read: /);
  });

  test("keeps nothing of a file that was wrong", async () => {
    const file = await forge({ entries: ([, second]) => [createEntry(NAMES[0], "LIBRARY"), ...(second ? [second] : [])] });
    const pluginsDir = createDir();
    const importing = importBundle({ bundle: await requireBundle(file), pluginsDir, lock: SMALL.lock, objects: openObjectStore(pluginsDir) });
    await expect(importing).rejects.toThrow("found sha256");
    expect(readdirSync(join(pluginsDir, ".partial"))).toEqual([]);
    expect(existsSync(join(pluginsDir, ".objects"))).toBeFalse();
  });
});
