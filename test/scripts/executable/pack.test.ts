import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LockedAsset } from "../../../scripts/executable/asset-lock.ts";
import { packAsset, packNotice } from "../../../scripts/executable/pack.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "termite-pack-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Content on disk, the entry that locks it, and the map that fetching would have made. */
async function createEntry(folder: string, name: string, content: Uint8Array) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const path = join(folder, `${name}.source`);
  await Bun.write(path, content);
  return { entry: { package: "p", entry: name, path: name, sizeBytes: content.byteLength, sha256 }, paths: new Map([[sha256, path]]) };
}

test("packAsset() packs a file into frames that decompress to it, once, when it is larger than a frame", () =>
  withFolder(async (folder) => {
    const content = new Uint8Array(33 * 1024 * 1024);
    for (let index = 0; index < content.length; index += 4096) content[index] = index >>> 12;
    const { entry, paths } = await createEntry(folder, "lib.so", content);
    const asset: LockedAsset = { name: "pjrt-cpu", version: "1.2.3", fileName: "lib.so", entries: [entry] };
    const { info, path } = await packAsset(asset, paths, folder);
    expect(path).toEndWith("/pjrt-cpu.zst");
    const packedBytes = Bun.file(path).size;
    expect(info).toEqual({
      name: "pjrt-cpu", version: "1.2.3", fileName: "lib.so", sha256: entry.sha256, sizeBytes: content.byteLength, packedBytes,
    });
    const hash = new Bun.CryptoHasher("sha256");
    for await (const bytes of Bun.file(path).stream().pipeThrough(new DecompressionStream("zstd"))) hash.update(bytes);
    expect(hash.digest("hex")).toBe(entry.sha256);
    const { mtimeMs } = await stat(path);
    await packAsset(asset, paths, folder);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  }));

test("packAsset() packs several files into the same tar whoever packs them", () =>
  withFolder(async (folder) => {
    const first = await createEntry(folder, "a.json", new TextEncoder().encode("{}"));
    const second = await createEntry(folder, "b.json", new TextEncoder().encode("[]"));
    const asset: LockedAsset = { name: "default-model", version: "1.0.0", entries: [first.entry, second.entry] };
    const { info, path } = await packAsset(asset, new Map([...first.paths, ...second.paths]), folder);
    expect(info.fileName).toBeUndefined();
    expect(info.sha256).toBe("b6db140ad2a6c59c3a0dcd72af93fe8a2c2504663bb2ae076e4b07993f05e56e");
    expect((await Bun.zstdDecompress(await Bun.file(path).bytes())).toString("latin1", 512, 514)).toBe("{}");
  }));

test("packAsset() refuses when the content was not fetched", () =>
  withFolder(async (folder) => {
    const { entry } = await createEntry(folder, "lib.so", new Uint8Array(10));
    const asset: LockedAsset = { name: "pjrt-cpu", version: "1.2.3", fileName: "lib.so", entries: [entry] };
    await expect(packAsset(asset, new Map(), folder)).rejects.toThrow('Cannot pack "lib.so": it was not fetched');
  }));

test("packNotice() gives the text unchanged under the name that it is embedded by", () =>
  withFolder(async (folder) => {
    const { entry, paths } = await createEntry(folder, "notices.txt", new TextEncoder().encode("MIT"));
    const path = await packNotice(entry, paths, folder);
    expect(path).toEndWith("/notices.txt");
    expect(await Bun.file(path).text()).toBe("MIT");
  }));
