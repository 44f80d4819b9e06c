// Bytes in words, in decimal units as disks and registries count. Leaf: pure.

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "22.9 MB", "512 B". */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  for (; Number(value.toFixed(1)) >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
