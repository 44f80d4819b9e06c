import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileSource, readAt } from "../../../src/plugins/wheel/byte-source.ts";
import { catchError } from "../../net/serve-loopback.ts";

test("createFileSource() reads exactly what lies in the file when it is asked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "termite-byte-source-"));
  try {
    await writeFile(join(folder, "a"), "0123456789");
    const source = await createFileSource(join(folder, "a"), "a.whl");
    expect(source).toMatchObject({ name: "a.whl", sizeBytes: 10 });
    expect((await readAt(source, 3, 4)).toString()).toBe("3456");
    expect((await readAt(source, 10, 0)).toString()).toBe("");
    expect(await catchError(readAt(source, 8, 3))).toEqual(new RangeError("bytes 8-10 are not inside 10 bytes"));
  } finally {
    await rm(folder, { recursive: true });
  }
});
