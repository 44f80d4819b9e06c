// How long a vector may be asked to be, and the cut. Pure.
import { TermiteError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";

/** Throws `dimensions_not_allowed` unless the model gives or is trained for vectors of that size. */
export function checkDimensions(manifest: ModelManifest, native: number, wanted: number | undefined): void {
  if (wanted === undefined || wanted === native) return;
  const smaller = manifest.dimensions.filter((size) => size < native);
  if (smaller.includes(wanted)) return;
  const permitted = [...new Set([native, ...smaller])].sort((left, right) => right - left);
  const others = smaller.length === 0 ? "" : `, or one of ${permitted.slice(1).join(", ")}`;
  const need = `need ${native}, its native size${others}`;
  const message = `Cannot give vectors of "${manifest.id}" ${wanted} dimensions: ${need}`;
  throw new TermiteError("dimensions_not_allowed", message, {
    hint: `Leave "dimensions" out for vectors of ${native}`,
    details: { param: "dimensions", dimensions: wanted, native, permitted },
  });
}

/** The first `size` values, at length 1 again; the vector itself when it has no more. A zero vector stays one. */
export function cutVector(vector: Float32Array, size: number | undefined): Float32Array {
  if (size === undefined || size >= vector.length) return vector;
  const cut = vector.slice(0, size);
  const norm = Math.max(Math.hypot(...cut), 1e-12);
  return cut.map((value) => value / norm);
}
