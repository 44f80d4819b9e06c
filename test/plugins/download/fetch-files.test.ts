import { beforeAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PluginWheel } from "../../../src/plugins/catalog/lock.ts";
import { createFolderSource } from "../../../src/plugins/download/folder-source.ts";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import { TermiteError } from "../../../src/errors.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import type { FileRequest, IndexServer, IndexServerOptions } from "../../fixtures/plugins/index-server.ts";
import { writeWheels } from "../../fixtures/plugins/make-wheel.ts";
import type { MadeWheel } from "../../fixtures/plugins/make-wheel.ts";
import { createDownloadFolder, makeWheels, MEBIBYTE, sumHeldBytes } from "./download-folder.ts";

let made: MadeWheel[];
let wheels: PluginWheel[];

beforeAll(async () => {
  ({ made, wheels } = await makeWheels());
});

const serve = (options: Partial<IndexServerOptions> = {}): Promise<IndexServer> => serveWheels({ wheels: made, ...options });
const createSource = (server: IndexServer, http = {}) => createIndexSource(server.createClient(http));
const neededBytes = (): number => wheels.flatMap(({ files }) => files).reduce((sum, file) => sum + file.compressedBytes, 0);
const isBig = ({ file }: FileRequest): boolean => file.startsWith("demo_big");
const findPlace = (path: string): number => wheels.flatMap(({ files }) => files).find((file) => file.path === path)?.dataOffset ?? NaN;

describe("fetchFiles()", () => {
  test("makes an object of every file when nothing is in the way", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const told: string[] = [];
    const done: number[] = [];
    const report = await folder.fetch([createSource(server)], {
      first: "lib/plugin.so",
      onFile: ({ path }) => void told.push(path),
      onProgress: ({ doneBytes, totalBytes }) => void done.push(doneBytes / totalBytes),
    });
    expect(folder.listWrong()).toEqual([]);
    expect(told.toSorted()).toEqual(wheels.flatMap(({ files }) => files.map(({ path }) => path)).toSorted());
    expect(done.at(-1)).toBe(1);
    expect(report).toMatchObject({ heldBytes: 0, localBytes: 0, incidents: [] });
    expect([...report.fetchedOfWheel.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(report.fetchedBytes);
    expect([...report.fetchedOfWheel.keys()].toSorted()).toEqual(wheels.map(({ file }) => file).toSorted());
    expect(folder.listPartials()).toEqual([]);
  });

  test("asks for exact ranges of what is needed, neighbours together", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const needed = wheels.map((wheel) => ({ ...wheel, files: wheel.files.filter(({ path }) => !path.endsWith(".bin")) }));
    await folder.fetch([createSource(server)], { wheels: needed, first: "lib/plugin.so" });
    expect(server.requests.map(({ range }) => range?.[0])).toContain(findPlace("lib/plugin.so"));
    // The library, its wheel's small files, and those of the other wheel.
    expect(server.requests).toHaveLength(3);
    expect(server.sentBytes()).toBeLessThan(64 * 1024);
  });

  test("goes on from the byte it reached when answers break off or servers are busy", async () => {
    const faults = new Map<number, number>();
    using server = await serve({
      fault: ({ range, count }) => {
        const start = range?.[0] ?? 0;
        faults.set(start, (faults.get(start) ?? 0) + 1);
        if (count % 3 === 0) return { kind: "status", status: 503 };
        return count % 3 === 1 ? { kind: "short", bytes: 3 * MEBIBYTE } : undefined;
      },
    });
    using folder = createDownloadFolder(wheels);
    const report = await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(report.incidents).toEqual([]);
    expect(report.fetchedBytes).toBeLessThan(neededBytes() + 64 * 1024);
  });

  test("waits as long as a busy server asks", async () => {
    let firstMs = 0;
    let secondMs = 0;
    using server = await serve({
      fault: ({ range }) => {
        if (range?.[0] !== findPlace("lib/plugin.so")) return undefined;
        if (firstMs > 0) secondMs = performance.now();
        else firstMs = performance.now();
        return secondMs > 0 ? undefined : { kind: "status", status: 429, retryAfterSeconds: 1 };
      },
    });
    using folder = createDownloadFolder(wheels);
    await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(secondMs - firstMs).toBeGreaterThan(950);
  });

  test("asks again when the server falls silent", async () => {
    using server = await serve({ fault: ({ count }) => (count === 1 ? { kind: "stall", bytes: 100_000 } : undefined) });
    using folder = createDownloadFolder(wheels);
    const report = await folder.fetch([createSource(server, { stallTimeoutMs: 300 })]);
    expect(folder.listWrong()).toEqual([]);
    expect(report.incidents).toEqual([]);
  });

  test("goes to the next source and says so when a byte is wrong", async () => {
    const at = findPlace("big/data.bin") + 9 * MEBIBYTE;
    using liar = await serve({ fault: (request) => (isBig(request) ? { kind: "wrong", at } : undefined) });
    using honest = await serve();
    using folder = createDownloadFolder(wheels);
    const report = await folder.fetch([createSource(liar), createSource(honest)]);
    expect(folder.listWrong()).toEqual([]);
    const incident = {
      source: liar.indexUrl.href,
      wheel: "demo_big-1.0-py3-none-any.whl",
      found: expect.stringMatching(
        /^Cannot use "demo_big-1\.0-py3-none-any\.whl": piece 2 of "big\/data\.bin" has sha256 [0-9a-f]{64}, need [0-9a-f]{64}$/,
      ) as unknown as string,
    };
    expect(report.incidents).toEqual([{ ...incident, isAskedAgain: true }, incident]);
    expect(honest.sentBytes()).toBeLessThan(neededBytes());
  });

  test("asks the only source once more, and says so, when a byte is wrong once", async () => {
    const at = findPlace("big/data.bin") + 9 * MEBIBYTE;
    let wrongs = 0;
    const holds = ({ range }: FileRequest): boolean => range !== undefined && range[0] <= at && at < range[1];
    using server = await serve({ fault: (request) => (isBig(request) && holds(request) && (wrongs += 1) === 1 ? { kind: "wrong", at } : undefined) });
    using folder = createDownloadFolder(wheels);
    const report = await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(report.incidents).toMatchObject([{ source: server.indexUrl.href, isAskedAgain: true }]);
  });

  test("asks the next source at once when nobody listens at the first, and that one again when no other has it", async () => {
    using gone = await serve();
    using honest = await serve();
    using folder = createDownloadFolder(wheels);
    gone[Symbol.dispose]();
    const startMs = performance.now();
    const report = await folder.fetch([createSource(gone, { retryDelayMs: 60_000 }), createSource(honest)]);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(folder.listWrong()).toEqual([]);
    expect(new Set(report.incidents.map(({ source }) => source))).toEqual(new Set([gone.indexUrl.href]));
    using other = createDownloadFolder(wheels);
    const shelf = join(other.path, "shelf");
    const error = await other.fetch([createSource(gone, { retries: 1 }), createFolderSource(shelf)]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "index_unavailable", message: expect.stringContaining(`none of 2 sources has it whole (${gone.indexUrl.href}: Cannot fetch `),
    });
  });

  test("throws hash_mismatch and keeps nothing of the file when the only source lies", async () => {
    const at = findPlace("lib/plugin.so") + 10;
    using server = await serve({ fault: (request) => (isBig(request) ? undefined : { kind: "wrong", at }) });
    using folder = createDownloadFolder(wheels);
    const error = await folder.fetch([createSource(server)], { first: "lib/plugin.so" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "hash_mismatch",
      message: expect.stringMatching(
        /^Cannot use "demo_library-1\.0-py3-none-any\.whl": piece 1 of "lib\/plugin\.so" has sha256 [0-9a-f]{64}, need [0-9a-f]{64}$/,
      ),
    });
    expect(folder.listWrong()).toContain("lib/plugin.so");
  });

  test("streams a wheel once when the server sends no ranges", async () => {
    using server = await serve({ fault: () => ({ kind: "noRanges" }) });
    using folder = createDownloadFolder(wheels);
    await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(server.requests.filter(({ range }) => range === undefined).map(({ file }) => file).toSorted()).toEqual([
      "demo_big-1.0-py3-none-any.whl",
      "demo_library-1.0-py3-none-any.whl",
    ]);
  });

  test("writes no byte twice when a server without ranges breaks off", async () => {
    let streams = 0;
    using server = await serve({
      fault: (request) => {
        if (request.range !== undefined) return { kind: "noRanges" };
        return isBig(request) && (streams += 1) === 1 ? { kind: "short", bytes: 12 * MEBIBYTE } : undefined;
      },
    });
    using folder = createDownloadFolder(wheels);
    await folder.fetch([createSource(server)]);
    expect(streams).toBe(2);
    expect(folder.listWrong()).toEqual([]);
  });

  test("refuses a wrong byte when the server sends no ranges", async () => {
    const at = findPlace("big/data.bin");
    using server = await serve({
      fault: (request) => (request.range === undefined && isBig(request) ? { kind: "wrong", at } : { kind: "noRanges" }),
    });
    using folder = createDownloadFolder(wheels);
    const error = await folder.fetch([createSource(server)]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "hash_mismatch" });
    expect(folder.listWrong()).toContain("big/data.bin");
  });

  test("ends at once when it is aborted, and goes on from there later", async () => {
    using server = await serve({ totalRate: 40 * MEBIBYTE });
    using folder = createDownloadFolder(wheels);
    const controller = new AbortController();
    const running = folder.fetch([createSource(server)], {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => doneBytes > 8 * MEBIBYTE && controller.abort(new Error("enough")),
    });
    const startMs = performance.now();
    await expect(running).rejects.toThrow("enough");
    expect(performance.now() - startMs).toBeLessThan(5000);
    const heldBytes = sumHeldBytes(folder.partial);
    expect(heldBytes).toBeGreaterThan(4 * MEBIBYTE);
    const sentBefore = server.sentBytes();
    const report = await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(report.heldBytes).toBeGreaterThan(4 * MEBIBYTE);
    expect(server.sentBytes() - sentBefore).toBeLessThan(neededBytes() - report.heldBytes + MEBIBYTE);
  });

  test("fetches a partial file anew when it holds other bytes, without blame for the source", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const [file] = wheels[0]?.files ?? [];
    await expect(folder.fetch([], { wheels: [] })).resolves.toMatchObject({ fetchedBytes: 0 });
    await expect(folder.fetch([])).rejects.toThrow('There is no source for "demo_big-1.0-py3-none-any.whl"');
    const other = Buffer.alloc(8 * MEBIBYTE + 8);
    other.writeBigUInt64LE(BigInt(5 * MEBIBYTE), 8 * MEBIBYTE);
    writeFileSync(join(folder.partial, `${file?.sha256}-1.piece`), other);
    writeFileSync(join(folder.partial, "left-by-a-dead-process.part"), "x");
    const report = await folder.fetch([createSource(server)]);
    expect(folder.listWrong()).toEqual([]);
    expect(report).toMatchObject({ heldBytes: 5 * MEBIBYTE, incidents: [] });
    expect(folder.listPartials()).toEqual([]);
  });

  test("asks nobody when it is offline, and takes what a folder has", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const index = createSource(server);
    const error = await folder.fetch([index], { offline: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "offline", message: `Cannot fetch "${server.indexUrl.href}": termite is offline`,
    });
    const shelf = join(folder.path, "shelf");
    await writeWheels(shelf, made);
    const report = await folder.fetch([index, createFolderSource(shelf)], { offline: true });
    expect(folder.listWrong()).toEqual([]);
    expect(report.fetchedBytes).toBe(0);
    expect(report.localBytes).toBeGreaterThan(neededBytes() - 1);
    expect(server.requests).toEqual([]);
  });

  test("says what each source said when none has the wheel", async () => {
    using server = await serve({ wheels: made.slice(1) });
    using folder = createDownloadFolder(wheels);
    const error = await folder.fetch([createSource(server), createFolderSource(join(folder.path, "shelf"))])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "package_not_found",
      message:
        'Cannot fetch "demo_big-1.0-py3-none-any.whl": none of 2 sources has it whole ' +
        `(${server.indexUrl.href}: Cannot find package "demo-big": "${server.indexUrl.href}" does not have it; ` +
        `${folder.path}/shelf: Cannot find "demo_big-1.0-py3-none-any.whl": the folder "${folder.path}/shelf" does not have it)`,
    });
  });

  test("fetches one content once when two files have it", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const library = wheels[1];
    if (library === undefined) throw new Error("no wheel");
    const twin = { ...library, files: library.files.map((file) => ({ ...file, to: `again/${file.path}` })) };
    const told: string[] = [];
    await folder.fetch([createSource(server)], { wheels: [library, twin], onFile: ({ to, path }) => void told.push(to ?? path) });
    expect(server.requests).toHaveLength(1);
    expect(told.filter((path) => !path.includes("icense")).toSorted()).toEqual(["again/lib/note.txt", "again/lib/plugin.so", "lib/note.txt", "lib/plugin.so"]);
  });

  test("ends with the error of onFile when that refuses a file", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const refuse = ({ path }: { path: string }): void => {
      if (path === "lib/plugin.so") throw new TermiteError("plugin_refused", "Cannot use it: it is not ours");
    };
    await expect(folder.fetch([createSource(server)], { onFile: refuse })).rejects.toThrow("it is not ours");
  });

  test("throws disk_full with both numbers when the system has no space left", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const error = await folder.fetch([createSource(server)], { objects: { commit: () => Promise.reject(full) } })
      .catch((thrown: unknown) => thrown);
    const sizeBytes = wheels.flatMap(({ files }) => files).reduce((sum, file) => sum + file.sizeBytes, 0);
    expect(error).toMatchObject({
      code: "disk_full",
      message: expect.stringMatching(/^Cannot write to ".*\.partial": found \d+(\.\d)? \w+ free, need 23\.1 MB more$/),
      details: { neededBytes: sizeBytes, freeBytes: expect.any(Number) },
    });
  });

  test("throws what the system says when the folder is gone", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const error = await folder.fetch([createSource(server)], { onFile: () => rmSync(folder.partial, { recursive: true, force: true }) })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ENOENT" });
  });

  test("throws invalid_plugin_lock when right pieces make a wrong file", async () => {
    using server = await serve();
    using folder = createDownloadFolder(wheels);
    const wrong = wheels.map((wheel) => ({
      ...wheel, files: wheel.files.map((file) => (file.path === "lib/plugin.so" ? { ...file, crc32: 1 } : file)),
    }));
    await expect(folder.fetch([createSource(server)], { wheels: wrong })).rejects.toThrow(
      /^Cannot unpack "lib\/plugin\.so" of "demo_library-1\.0-py3-none-any\.whl": found CRC [0-9a-f]+, need 1$/,
    );
  });
});
