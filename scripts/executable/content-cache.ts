// Files by the sha256 of their content below .cache/, each written to a temporary name and renamed when it is right.
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface ExpectedContent {
  sizeBytes: number;
  sha256: string;
}

/** True when the file has that size and hash. */
export async function hasContent(path: string, { sizeBytes, sha256 }: ExpectedContent): Promise<boolean> {
  const file = Bun.file(path);
  if (!(await file.exists()) || file.size !== sizeBytes) return false;
  const hash = new Bun.CryptoHasher("sha256");
  for await (const bytes of file.stream()) hash.update(bytes);
  return hash.digest("hex") === sha256;
}

/** Streams into `path`; nothing is left there when the size or the hash is wrong. */
export async function writeContent(
  path: string,
  content: AsyncIterable<Uint8Array>,
  expected: ExpectedContent,
): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const writer = Bun.file(temporary).writer();
    for await (const bytes of content) {
      await writer.write(bytes);
      await writer.flush();
    }
    await writer.end();
    if (!(await hasContent(temporary, expected))) {
      throw new Error(`Cannot keep "${path}": its content does not match assets.lock.json`);
    }
  });
}

/** `write` makes the temporary file that becomes `path` in one rename. */
export async function writeAtomically(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
