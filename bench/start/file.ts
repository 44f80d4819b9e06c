// Size and hash of the executable, so that figures can be tied to one file.
export async function measureFile(path: string): Promise<{ sizeMb: number; sha256: string }> {
  const file = Bun.file(path);
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const piece of file.stream()) hasher.update(piece);
  return { sizeMb: file.size / 1e6, sha256: hasher.digest("hex") };
}
