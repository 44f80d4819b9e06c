// Which elements of an axis make each element of the resized one, and by how much: host arithmetic in double precision.
// Formulas: ONNX specification of Resize; the reference implementation decides where it is silent.

export interface AxisFacts {
  mode: "nearest" | "linear" | "cubic";
  coordinates: string;
  nearest: string;
  cubicA: number;
  isOutsideExcluded: boolean;
  isAntialiased: boolean;
  /** Length before and after. */
  length: number;
  resized: number;
  /** `resized / length` before it was rounded. */
  scale: number;
  /** Region of interest of "tf_crop_and_resize", as parts of the length. */
  region: readonly [number, number];
}

/** Where element `index` of the resized axis lies on the original one. */
export function resolveCoordinate(facts: AxisFacts, index: number): number {
  const { length, resized, scale, region: [start, end] } = facts;
  if (facts.coordinates === "asymmetric") return index / scale;
  // The reference implementation takes the length as it was before it was rounded.
  if (facts.coordinates === "align_corners") return scale * length === 1 ? 0 : (index * (length - 1)) / (scale * length - 1);
  if (facts.coordinates === "pytorch_half_pixel") return resized === 1 ? -0.5 : (index + 0.5) / scale - 0.5;
  if (facts.coordinates === "half_pixel_symmetric") {
    const adjustment = resized / (scale * length);
    return (length / 2) * (1 - adjustment) + (index + 0.5) / scale - 0.5;
  }
  if (facts.coordinates === "tf_crop_and_resize") {
    if (resized === 1) return 0.5 * (start + end) * (length - 1);
    return start * (length - 1) + (index * (end - start) * (length - 1)) / (resized - 1);
  }
  return (index + 0.5) / scale - 0.5;
}

export function isOutside(facts: AxisFacts, index: number): boolean {
  const coordinate = resolveCoordinate(facts, index);
  return facts.coordinates === "tf_crop_and_resize" && (coordinate < 0 || coordinate > facts.length - 1);
}

/** The one element that "nearest" takes. */
export function resolveNearest(facts: AxisFacts, index: number): number {
  const coordinate = resolveCoordinate(facts, index);
  return Math.min(facts.length - 1, Math.max(0, roundCoordinate(coordinate, facts.nearest)));
}

function roundCoordinate(coordinate: number, rule: string): number {
  if (rule === "floor") return Math.floor(coordinate);
  if (rule === "ceil") return Math.ceil(coordinate);
  return rule === "round_prefer_ceil" ? Math.floor(coordinate + 0.5) : Math.ceil(coordinate - 0.5);
}

/** Row `index` of the matrix [resized, length] that resizes an axis. */
export function createWeights(facts: AxisFacts, index: number): Float64Array {
  const row = new Float64Array(facts.length);
  const coordinate = resolveCoordinate(facts, index);
  const stretch = facts.isAntialiased ? Math.max(1, 1 / facts.scale) : 1;
  const radius = (facts.mode === "cubic" ? 2 : 1) * stretch;
  const kernel = facts.mode === "cubic" ? (x: number) => weighCubic(x, facts.cubicA) : (x: number) => Math.max(0, 1 - Math.abs(x));
  let sum = 0;
  for (let at = Math.floor(coordinate - radius); at <= Math.ceil(coordinate + radius); at++) {
    const isInside = at >= 0 && at < facts.length;
    if (!isInside && facts.isOutsideExcluded) continue;
    const weight = kernel((at - coordinate) / stretch);
    const place = Math.min(facts.length - 1, Math.max(0, at));
    row[place] = (row[place] ?? 0) + weight;
    sum += weight;
  }
  return sum === 0 ? row : row.map((weight) => weight / sum);
}

/** R. Keys, "Cubic convolution interpolation for digital image processing" (1981); `a` is -0.75 or -0.5. */
function weighCubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
