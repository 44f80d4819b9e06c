import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { appendFile, chmod, lstat, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TermiteError } from "../../src/errors.ts";
import { createAssetStore } from "../../src/runtime/asset-store.ts";
import { createExtraction, waitForHang } from "./extraction.ts";
import { catchError, createBytes, packFile, packFolder, withFolder, withoutPrivileges } from "./packed-asset.ts";

const SIZE_BYTES = 2_000_000;

test("AssetStore.path() extracts in a child once and gives the same path when asked again", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const options = await createExtraction(folder, asset);
    const path = await createAssetStore(options).path("libonnxruntime");
    expect(Buffer.compare(await Bun.file(path).bytes(), asset.content)).toBe(0);
    // A second start must not need the child.
    const later = createAssetStore({ ...options, command: ["/nonexistent"] });
    expect(await later.path("libonnxruntime")).toBe(path);
  }));

test("AssetStore.path() gives the folder when the asset is a tar", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFolder({ "a.json": "{}", "b/c.json": "[]" }));
    const path = await createAssetStore(options).path("default-model");
    expect((await readdir(path)).sort()).toEqual(["a.json", "b"]);
  }));

test("AssetStore.path() works for all when eight processes extract at once", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const options = await createExtraction(folder, asset);
    const stores = Array.from({ length: 8 }, () => createAssetStore(options));
    const paths = await Promise.all(stores.map((store) => store.path("libonnxruntime")));
    expect(new Set(paths).size).toBe(1);
    expect(Buffer.compare(await Bun.file(paths[0] ?? "").bytes(), asset.content)).toBe(0);
    expect(await readdir(join(options.home, "runtime"))).toEqual([asset.info.sha256]);
  }));

test("AssetStore.path() works again and cleans up when the child before was killed midway", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const hanging = await createExtraction(folder, asset, { stopAfterBytes: 1000 });
    const child = Bun.spawn([...hanging.command, "libonnxruntime", hanging.home], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    await waitForHang(hanging.home);
    child.kill("SIGKILL");
    await child.exited;
    const runtime = join(hanging.home, "runtime");
    expect((await readdir(runtime)).filter((name) => name.startsWith(".tmp-"))).toHaveLength(1);
    const path = await createAssetStore(await createExtraction(folder, asset)).path("libonnxruntime");
    expect(Buffer.compare(await Bun.file(path).bytes(), asset.content)).toBe(0);
    expect(await readdir(runtime)).toEqual([asset.info.sha256]);
  }));

test("AssetStore.path() says how the child ended when it is killed under the store", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const options = { ...(await createExtraction(folder, asset)), command: ["/bin/sh", "-c", "kill -KILL $$"] };
    const store = createAssetStore(options);
    expect(await catchError(() => store.path("libonnxruntime"))).toEqual({
      code: "internal",
      message: 'Cannot extract "libonnxruntime": the extracting process ended with SIGKILL',
      hint: undefined,
    });
  }));

const INTERRUPTED = { code: "interrupted", message: 'Cannot extract "libonnxruntime": interrupted', hint: undefined };

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`AssetStore.path() leaves nothing and says so when its child gets ${signal} midway`, () =>
    withFolder(async (folder) => {
      const options = await createExtraction(folder, await packFile(createBytes(SIZE_BYTES)), { stopAfterBytes: 1000 });
      const failed = catchError(() => createAssetStore(options).path("libonnxruntime"));
      process.kill(await waitForHang(options.home), signal);
      expect(await failed).toEqual(INTERRUPTED);
      expect(await readdir(join(options.home, "runtime"))).toEqual([]);
    }));
}

test("AssetStore.path() kills its child, leaves nothing and says so when its signal aborts midway", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(SIZE_BYTES)), { stopAfterBytes: 1000 });
    const stop = new AbortController();
    const failed = catchError(() => createAssetStore({ ...options, signal: stop.signal }).path("libonnxruntime"));
    const pid = await waitForHang(options.home);
    stop.abort();
    expect(await failed).toEqual(INTERRUPTED);
    expect(await readdir(join(options.home, "runtime"))).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  }));

test("AssetStore starts nothing and rejects with the reason when its signal has aborted", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(1000)));
    const reason = new TermiteError("interrupted", "Cannot finish: interrupted");
    const store = createAssetStore({ ...options, signal: AbortSignal.abort(reason) });
    for (const work of [store.path, store.inspect, store.repair]) {
      expect(await catchError(() => work("libonnxruntime"))).toEqual({ code: "interrupted", message: reason.message, hint: undefined });
    }
    expect(existsSync(options.home)).toBe(false);
  }));

test("AssetStore.path() gives the child's own error and tries again later when the home is a file", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(1000)));
    await Bun.write(options.home, "");
    const store = createAssetStore(options);
    expect(await catchError(() => store.path("libonnxruntime"))).toEqual({
      code: "home_not_writable",
      message: `Cannot write to "${options.home}/runtime": a part of this path is a file; set TERMITE_HOME (or --home) to a folder that you can write to`,
      hint: undefined,
    });
    await Bun.file(options.home).delete();
    expect(await store.path("libonnxruntime")).toStartWith(options.home);
  }));

test("AssetStore.repair() mends and says so only when a byte is wrong, whatever size and time say", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const options = await createExtraction(folder, asset);
    const store = createAssetStore(options);
    const path = await store.path("libonnxruntime");
    expect(await store.repair("libonnxruntime")).toBe(false);
    const { mtimeMs } = await Bun.file(path).stat();
    await chmod(path, 0o755);
    await Bun.write(path, createBytes(SIZE_BYTES, 9));
    await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
    expect(await createAssetStore(options).path("libonnxruntime")).toBe(path);
    expect(await store.repair("libonnxruntime")).toBe(true);
    expect(Buffer.compare(await Bun.file(path).bytes(), asset.content)).toBe(0);
  }));

test("AssetStore.inspect() tells absent, whole and damaged apart by hash, and changes nothing", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(SIZE_BYTES));
    const options = await createExtraction(folder, asset);
    const store = createAssetStore(options);
    expect(await store.inspect("libonnxruntime")).toBe("absent");
    expect(existsSync(options.home)).toBe(false);
    const path = await store.path("libonnxruntime");
    expect(await store.inspect("libonnxruntime")).toBe("whole");
    // Another time is no damage, and is not put back.
    await utimes(path, 1000, 1000);
    expect(await store.inspect("libonnxruntime")).toBe("whole");
    expect((await Bun.file(path).stat()).mtimeMs).toBe(1_000_000);
    const { mtimeMs } = await Bun.file(path).stat();
    await chmod(path, 0o755);
    await Bun.write(path, createBytes(SIZE_BYTES, 9));
    await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
    expect(await store.inspect("libonnxruntime")).toBe("damaged");
    expect(await store.inspect("libonnxruntime")).toBe("damaged");
    expect(await store.repair("libonnxruntime")).toBe(true);
    expect(await store.inspect("libonnxruntime")).toBe("whole");
  }));

/** Puts a link to `target` in the place of what lies at `path`. */
async function replaceByLink(path: string, target: string): Promise<void> {
  await rm(path, { recursive: true });
  await symlink(target, path);
}

/** Moves what lies at `path` elsewhere and links to it. */
async function moveBehindLink(path: string): Promise<void> {
  const elsewhere = join(dirname(dirname(dirname(dirname(path)))), "elsewhere");
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
}

const FILE = "libsample.so.1";

for (const [how, damage] of [
  ["its receipt is gone", (folder: string) => rm(join(folder, "receipt.json"))],
  ["its receipt is not JSON", (folder: string) => writeFile(join(folder, "receipt.json"), "{")],
  ["its receipt is a folder", async (folder: string) => (await rm(join(folder, "receipt.json")), mkdir(join(folder, "receipt.json")))],
  ["its receipt is a link to itself", (folder: string) => replaceByLink(join(folder, "receipt.json"), "receipt.json")],
  ["its file is gone", (folder: string) => rm(join(folder, FILE))],
  ["its file is longer", (folder: string) => appendFile(join(folder, FILE), "x")],
  ["its file is a link to itself", (folder: string) => replaceByLink(join(folder, FILE), FILE)],
  ["its file is a link to a copy of it", (folder: string) => moveBehindLink(join(folder, FILE))],
  ["its folder is a link to itself", (folder: string) => replaceByLink(folder, folder)],
  ["its folder is a link to nowhere", (folder: string) => replaceByLink(folder, "/nonexistent")],
] as const) {
  test(`AssetStore.inspect() calls an asset damaged and repair() mends it when ${how}`, () =>
    withFolder(async (folder) => {
      const asset = await packFile(createBytes(1000));
      const options = await createExtraction(folder, asset);
      const store = createAssetStore(options);
      const path = await store.path("libonnxruntime");
      await chmod(path, 0o755);
      await damage(dirname(path));
      expect(await store.inspect("libonnxruntime")).toBe("damaged");
      expect(await store.repair("libonnxruntime")).toBe(true);
      expect(await store.inspect("libonnxruntime")).toBe("whole");
      expect(Buffer.compare(await Bun.file(path).bytes(), asset.content)).toBe(0);
      expect(await readdir(join(options.home, "runtime"))).toEqual([asset.info.sha256]);
    }));
}

test("AssetStore.path() extracts anew when the folder of the files is a link to a copy or to itself", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFolder({ "a.json": "{}" }));
    const path = await createAssetStore(options).path("default-model");
    for (const damage of [moveBehindLink, (place: string) => replaceByLink(place, place)]) {
      await damage(path);
      expect(await createAssetStore(options).path("default-model")).toBe(path);
      expect((await lstat(path)).isDirectory()).toBe(true);
    }
  }));

test("AssetStore.inspect() calls an asset whole when the home lies behind a link", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(1000)));
    await createAssetStore(options).path("libonnxruntime");
    await symlink(options.home, join(folder, "link"));
    expect(await createAssetStore({ ...options, home: join(folder, "link") }).inspect("libonnxruntime")).toBe("whole");
  }));

test("AssetStore.inspect() calls an asset absent when the home is a file", () =>
  withFolder(async (folder) => {
    const options = await createExtraction(folder, await packFile(createBytes(1000)));
    await Bun.write(options.home, "");
    expect(await createAssetStore(options).inspect("libonnxruntime")).toBe("absent");
  }));

test("AssetStore.inspect() names the folder when it may not be read", () =>
  withFolder(async (folder) => {
    const asset = await packFile(createBytes(1000));
    const options = await createExtraction(folder, asset);
    const store = createAssetStore(options);
    await store.path("libonnxruntime");
    const path = join(options.home, "runtime", asset.info.sha256);
    await chmod(path, 0o000);
    await withoutPrivileges(async () => {
      expect(await catchError(() => store.inspect("libonnxruntime"))).toEqual({
        code: "home_not_readable",
        message: `Cannot read "${path}": permission denied`,
        hint: "Give this user read access, or set TERMITE_HOME (or --home) to another folder",
      });
    });
    await chmod(path, 0o755);
  }));

test("AssetStore.info() refuses when the asset is not inside this program", async () => {
  const store = createAssetStore({ home: "/nonexistent", command: [], environment: {}, assets: [] });
  expect(await catchError(async () => store.info("tokenizers"))).toEqual({
    code: "asset_missing",
    message: 'Cannot find asset "tokenizers": it is not inside this program',
    hint: 'Use the executable that "npm start" builds',
  });
});
