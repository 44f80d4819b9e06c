// Lines of 100 bytes and different content, so that a lost, doubled or moved piece shows.

export function createBulk(lines: number): string {
  return Array.from({ length: lines }, (_, index) => `${index}\n`.padStart(100, ".")).join("");
}
