import { describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchFile } from "../../src/net/fetch-file.ts";
import { catchError, serveLoopback } from "./serve-loopback.ts";

const CONTENT = randomBytes(200_000);
const WANTED = {
  sizeBytes: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
  retryDelayMs: 1,
};

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "termite-fetch-file-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("fetchFile()", () => {
  test("writes the whole file when the first answer was cut short", () =>
    withFolder(async (folder) => {
      using server = serveLoopback((_, count) => new Response(count === 1 ? CONTENT.subarray(0, 99_000) : CONTENT));
      const path = join(folder, "file");
      await fetchFile(server.url, { ...WANTED, path });
      expect((await readFile(path)).equals(CONTENT)).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }));

  test("leaves no file when its hash is wrong", () =>
    withFolder(async (folder) => {
      using server = serveLoopback(() => new Response(CONTENT));
      const sha256 = "0".repeat(64);
      const error = await catchError(fetchFile(server.url, { ...WANTED, sha256, path: join(folder, "file") }));
      expect(error).toMatchObject({
        code: "hash_mismatch",
        message: `Cannot use "${server.url.href}": found sha256 ${WANTED.sha256}, need ${sha256}`,
      });
      expect(await readdir(folder)).toEqual([]);
    }));

  test("leaves no file when it is longer than it should be", () =>
    withFolder(async (folder) => {
      using server = serveLoopback(() => new Response(Buffer.concat([CONTENT, CONTENT])));
      const error = await catchError(fetchFile(server.url, { ...WANTED, path: join(folder, "file") }));
      expect(error).toMatchObject({ message: `Cannot fetch "${server.url.href}": found more than 200000 bytes` });
      expect(await readdir(folder)).toEqual([]);
    }));
});
