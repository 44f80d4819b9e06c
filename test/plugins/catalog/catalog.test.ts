import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCatalog } from "../../../src/plugins/catalog/catalog.ts";
import type { Catalog } from "../../../src/plugins/catalog/catalog.ts";
import { COMPILED_LOCKS } from "../../../src/plugins/catalog/compiled-locks.ts";
import { parsePluginLock } from "../../../src/plugins/catalog/parse-lock.ts";
import { formatLock } from "../../../scripts/plugins-lock/format-lock.ts";
import { SETS } from "../../../scripts/plugins-lock/sets.ts";
import { makeLock, writeLock } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";
import { catchError } from "../../net/serve-loopback.ts";

const CATALOG = join(import.meta.dir, "../../../src/plugins/catalog");
const X64 = { os: "linux", arch: "x64" } as const;

describe("the locks of this build", () => {
  test("are the files of the folder, and the sets of the script", async () => {
    const files = await Array.fromAsync(new Bun.Glob("*.json").scan({ cwd: CATALOG }));
    expect(COMPILED_LOCKS.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(SETS.map(({ id }) => `${id}.json`).sort()).toEqual(files);
  });

  test.each(COMPILED_LOCKS.map((row) => [row.file, row] as const))("%s says what its row says", async (file, row) => {
    const lock = parsePluginLock(file, (await row.load()).default);
    const { plugin, variant, platform } = lock;
    expect({ plugin, variant, arch: platform.arch }).toEqual({ plugin: row.plugin, variant: row.variant, arch: row.arch });
    expect(formatLock(lock)).toBe(await Bun.file(join(CATALOG, file)).text());
  });

  test("take little room in the executable", async () => {
    const sizes = COMPILED_LOCKS.map(({ file }) => Bun.file(join(CATALOG, file)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(512 * 1024);
  });

  test.each(COMPILED_LOCKS.map((row) => [row.file, row] as const))("%s keeps a licence of every wheel", async (file, row) => {
    const { wheels } = parsePluginLock(file, (await row.load()).default);
    for (const { name, files } of wheels) {
      expect(files.some(({ to }) => to?.startsWith(`licenses/${name}/`))).toBe(true);
    }
  });
});

describe("openCatalog()", () => {
  test("knows every plugin of a platform, the newer CUDA major first", async () => {
    const catalog = openCatalog({ environment: {} });
    expect(catalog.replacedBy).toBeUndefined();
    expect(await catalog.variants("xla:cuda", X64)).toEqual(["cuda13", "cuda12"]);
    expect(await catalog.variants("onnx:cuda", { os: "linux", arch: "arm64" })).toEqual(["cuda13"]);
    expect(await catalog.variants("xla:tpu", X64)).toEqual(["tpu"]);
    expect(await catalog.versions("xla:tpu", { os: "linux", arch: "arm64" })).toEqual([]);
    expect(await catalog.list("xla:cuda", { os: "darwin", arch: "arm64" })).toEqual([]);
  });

  test("sums up what an install fetches and keeps", async () => {
    const catalog = openCatalog({ environment: {} });
    const lock = await catalog.find({ plugin: "xla:tpu", variant: "tpu", platform: X64 });
    const files = lock.wheels.flatMap((wheel) => wheel.files);
    expect(await catalog.summary("xla:tpu", X64, "tpu")).toEqual({
      version: lock.version,
      variant: "tpu",
      accepts: lock.accepts,
      downloadBytes: files.reduce((sum, file) => sum + file.compressedBytes, 0),
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    });
    expect(await catalog.summary("xla:tpu", X64, "cuda13")).toBeUndefined();
  });

  test("refuses a plugin that is not locked for the platform", async () => {
    const catalog = openCatalog({ environment: {} });
    const asked = catalog.find({ plugin: "xla:tpu", variant: "tpu", platform: { os: "linux", arch: "arm64" } });
    expect(await catchError(asked)).toMatchObject({
      code: "plugin_refused",
      message: 'Cannot install "xla:tpu": this build has none for "linux-arm64" and "tpu"',
      hint: "termite plugin list",
    });
  });
});

describe("openCatalog() with TERMITE_PLUGIN_LOCK", () => {
  let folder: string;
  let catalog: Catalog;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-catalog-"));
    const rows = [["1.9.0", "cuda13"], ["1.10.0", "cuda13"], ["1.10.0", "cuda12"], ["1.2.0", "cuda12"]] as const;
    for (const [version, variant] of rows) {
      const wheel = makeWheel({ name: "root", version, files: { "lib/a.so": version } });
      const lock = await makeLock({ wheels: [wheel], variant, platform: X64 });
      await writeLock(join(folder, `${version}-${variant}.json`), lock);
    }
    await writeFile(join(folder, "notes.txt"), "not a lock");
    catalog = openCatalog({ environment: { TERMITE_PLUGIN_LOCK: folder } });
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("replaces the locks of the build and says by what", async () => {
    expect(catalog.replacedBy).toBe(folder);
    expect(await catalog.versions("xla:tpu", X64)).toEqual([]);
    expect(await catalog.versions("xla:cuda", X64)).toEqual(["1.10.0", "1.9.0", "1.2.0"]);
  });

  test("finds the newest version of a variant, and exactly the one that is asked for", async () => {
    const query = { plugin: "xla:cuda", variant: "cuda13", platform: X64 } as const;
    expect(await catalog.find(query)).toMatchObject({ version: "1.10.0", variant: "cuda13" });
    expect(await catalog.find({ ...query, version: "1.9.0" })).toMatchObject({ version: "1.9.0", variant: "cuda13" });
    expect(await catalog.find({ ...query, variant: "cuda12" })).toMatchObject({ version: "1.10.0", variant: "cuda12" });
  });

  test("names the versions that there are", async () => {
    const asked = catalog.find({ plugin: "xla:cuda", variant: "cuda13", version: "1.2.0", platform: X64 });
    expect(await catchError(asked)).toMatchObject({
      code: "unknown_plugin",
      message: 'Cannot install "xla:cuda@1.2.0": this build knows "1.10.0", "1.9.0"',
      hint: "termite plugin install xla:cuda",
    });
  });

  test("takes one file", async () => {
    const one = openCatalog({ environment: { TERMITE_PLUGIN_LOCK: join(folder, "1.2.0-cuda12.json") } });
    expect(await one.versions("xla:cuda", X64)).toEqual(["1.2.0"]);
  });

  test("takes an empty variable for none", () => {
    expect(openCatalog({ environment: { TERMITE_PLUGIN_LOCK: "" } }).replacedBy).toBeUndefined();
  });

  const broken: [what: string, write: (path: string) => Promise<unknown>, found: string][] = [
    ["nothing", async () => {}, "it cannot be opened"],
    ["a folder without locks", (path) => mkdir(path), "found no *.json in this folder"],
    ["what is no JSON", (path) => writeFile(path, "{"), "JSON Parse error: Expected '}'"],
    ["another document", (path) => writeFile(path, "{}"), '"format": Invalid key: Expected "format" but received undefined'],
  ];
  test.each(broken)("refuses %s", async (what, write, found) => {
    const path = join(folder, `${what}.lock`);
    await write(path);
    const asked = openCatalog({ environment: { TERMITE_PLUGIN_LOCK: path } }).versions("xla:cuda", X64);
    expect(await catchError(asked)).toMatchObject({
      code: "invalid_plugin_lock",
      message: `Cannot use the plugin lock "${path}": ${found}`,
    });
  });
});
