// Paths that no file system takes are told as such, before the system says ENAMETOOLONG somewhere in the middle.

/** Of a folder: what termite puts into it has room behind it in the 4096 bytes that Linux takes. */
const MOST_PATH_BYTES = 3584;
/** Between two slashes, on all usual file systems. */
const MOST_NAME_BYTES = 255;

/** In words; `undefined` where it is short enough. */
export function findLengthProblem(path: string): string | undefined {
  const pathBytes = Buffer.byteLength(path);
  if (pathBytes > MOST_PATH_BYTES) return `found a path of ${pathBytes} bytes, expected at most ${MOST_PATH_BYTES}`;
  const nameBytes = Math.max(...path.split("/").map((name) => Buffer.byteLength(name)));
  return nameBytes > MOST_NAME_BYTES ? `found a name of ${nameBytes} bytes, expected at most ${MOST_NAME_BYTES}` : undefined;
}
