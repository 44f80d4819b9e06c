import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUpToDate, readBuildId, writeStamp } from "../../scripts/executable/build-stamp.ts";

async function withRepository(work: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "termite-build-"));
  try {
    for (const path of ["src/main.ts", "src/a/b.ts", "scripts/executable/pack.ts", "build.ts", "bun.lock"]) {
      await Bun.write(join(root, path), path);
    }
    await work(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

for (const path of ["src/main.ts", "src/a/b.ts", "scripts/executable/pack.ts", "build.ts", "bun.lock", "src/new.ts"]) {
  test(`readBuildId() changes when "${path}" changes`, () =>
    withRepository(async (root) => {
      const before = await readBuildId(root);
      expect(before).toMatch(/^[0-9a-f]{16}$/);
      expect(await readBuildId(root)).toBe(before);
      await Bun.write(join(root, path), "changed");
      expect(await readBuildId(root)).not.toBe(before);
    }));
}

test("isUpToDate() is true only when id and file are those of the stamp", () =>
  withRepository(async (root) => {
    const [stamp, outfile] = [join(root, "stamp.json"), join(root, "termite")];
    await Bun.write(outfile, "program");
    expect(await isUpToDate(stamp, outfile, "id")).toBe(false);
    await writeStamp(stamp, outfile, "id");
    expect(await isUpToDate(stamp, outfile, "id")).toBe(true);
    expect(await isUpToDate(stamp, outfile, "other")).toBe(false);
    await Bun.write(outfile, "another program");
    expect(await isUpToDate(stamp, outfile, "id")).toBe(false);
  }));
