import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { PIECE_BYTES } from "../../../src/plugins/catalog/lock.ts";
import { UnpackEngine } from "../../../src/plugins/download/unpack-engine.ts";
import type { UnpackStep } from "../../../src/plugins/download/unpack-protocol.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "termite-unpack-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Half of it compresses well and half does not at all. */
const CONTENT = Buffer.concat([Buffer.alloc(13 * 1024 * 1024 + 77, "abc"), randomBytes(9 * 1024 * 1024 + 5)]);

function makeSteps(packed: Uint8Array, file: Partial<UnpackStep["file"]> = {}): UnpackStep[] {
  const path = join(folder, "packed");
  writeFileSync(path, packed);
  const count = Math.max(1, Math.ceil(packed.length / PIECE_BYTES));
  const cut = Array.from({ length: count }, (_, index) => packed.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES));
  const pieces = packed.length === 0 ? [] : cut.map((piece) => createHash("sha256").update(piece).digest("hex"));
  const whole = {
    path: "lib/a.so", method: "deflate", sizeBytes: CONTENT.length, compressedBytes: packed.length, crc32: crc32(CONTENT), pieces,
    ...file,
  } as const;
  return cut.map((_, index) => ({ file: whole, partFile: join(folder, "a.part"), index, place: { path, offset: index * PIECE_BYTES } }));
}

const PACKED = deflateRawSync(CONTENT);

describe("UnpackEngine", () => {
  test("unpack() makes the file of its pieces, in one request or several", () => {
    const engine = new UnpackEngine();
    expect(engine.unpack({ steps: makeSteps(PACKED) })).toEqual([{ kind: "unpacked" }, { kind: "unpacked" }]);
    expect(readFileSync(join(folder, "a.part")).equals(CONTENT)).toBe(true);
    for (const step of makeSteps(CONTENT, { method: "stored" })) {
      expect(engine.unpack({ steps: [step] })).toEqual([{ kind: "unpacked" }]);
    }
    expect(readFileSync(join(folder, "a.part")).equals(CONTENT)).toBe(true);
  });

  test("unpack() goes on with the right piece when it had a wrong one", () => {
    const engine = new UnpackEngine();
    const [first, second] = makeSteps(PACKED);
    if (first === undefined || second === undefined) throw new Error("no steps");
    expect(engine.unpack({ steps: [first] })).toEqual([{ kind: "unpacked" }]);
    const [wrong] = engine.unpack({ steps: [{ ...second, place: first.place }, second] });
    expect(wrong).toEqual({ kind: "wrong", found: expect.stringMatching(/^sha256 [0-9a-f]{64}, need [0-9a-f]{64}$/) });
    const short = { ...second, place: { ...second.place, offset: second.place.offset + 1 } };
    expect(engine.unpack({ steps: [short] })).toEqual([{ kind: "wrong", found: "an end before its end" }]);
    expect(engine.unpack({ steps: [second] })).toEqual([{ kind: "unpacked" }]);
    expect(readFileSync(join(folder, "a.part")).equals(CONTENT)).toBe(true);
  });

  test.each<[string, Uint8Array, Partial<UnpackStep["file"]>]>([
    ["found CRC 352441c2, need 1", deflateRawSync("abc"), { sizeBytes: 3, crc32: 1 }],
    ["found 3 bytes, need 4", deflateRawSync("abc"), { sizeBytes: 4 }],
    ["found more than its 2 bytes", deflateRawSync("abc"), { sizeBytes: 2 }],
    ["it ends before its compressed bytes do", Buffer.concat([deflateRawSync("abc"), Buffer.from("tail")]), { sizeBytes: 3 }],
    ["its compressed bytes are damaged", Buffer.from([0xff, 0xff, 0xff, 0xff]), { sizeBytes: 3 }],
    ["found 0 bytes, need 3", Buffer.alloc(0), { sizeBytes: 3 }],
  ])("unpack() says %p of what is not as the lock says", (found, packed, file) => {
    expect(new UnpackEngine().unpack({ steps: makeSteps(packed, file) })).toEqual([{ kind: "invalid", found }]);
  });

  test("unpack() says what the system says when it cannot write", () => {
    const steps = makeSteps(PACKED).map((step) => ({ ...step, partFile: join(folder, "absent", "a.part") }));
    expect(new UnpackEngine().unpack({ steps })).toEqual([
      { kind: "failed", code: "ENOENT", message: expect.stringContaining("ENOENT") },
    ]);
  });
});
