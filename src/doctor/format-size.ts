// Bytes in words for findings, in decimal units as disks and registries count.

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "46 MB", "1.5 GB", "512 B". */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  for (; Number(value.toFixed(0)) >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = unit >= 3 && value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
