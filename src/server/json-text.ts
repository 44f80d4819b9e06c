// JSON text of answers that hold vectors, without lists of numbers in between: a `Float32Array` stands for a list of numbers,
// a `Uint8Array` for its bytes in base64. Everything else is as `JSON.stringify` has it.
import { isRecord } from "../is-record.ts";
import { workInTurns } from "../pipelines/results/turns.ts";
import { formatFloats } from "./float-text.ts";

/** So many numbers take about two milliseconds: below, no turn is worth its wait. */
const MANY_NUMBERS = 65_536;

/** In turns where it takes long, so that other requests are heard meanwhile. Rejects with the signal's reason then. */
export function formatAnswer(value: unknown, signal: AbortSignal): string | Promise<string> {
  let numbers = 0;
  visitVectors(value, ({ length }) => void (numbers += length));
  return numbers < MANY_NUMBERS ? formatJson(value, formatFloats) : formatLarge(value, signal);
}

async function formatLarge(value: unknown, signal: AbortSignal): Promise<string> {
  const vectors: Float32Array[] = [];
  visitVectors(value, (vector) => void vectors.push(vector));
  const texts = new Map<Float32Array, string>();
  await workInTurns(vectors, signal, (vector) => void texts.set(vector, formatFloats(vector)));
  return formatJson(value, (vector) => texts.get(vector) ?? formatFloats(vector));
}

type FormatVector = (vector: Float32Array) => string;

function formatJson(value: unknown, format: FormatVector): string {
  if (value instanceof Float32Array) return format(value);
  // Base64 has nothing that would need escaping.
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}"`;
  if (isDeepList(value)) return `[${value.map((item) => formatJson(item, format)).join(",")}]`;
  if (isRecord(value)) return formatObject(value, format);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : (JSON.stringify(value) ?? "null");
}

function formatObject(object: Readonly<Record<string, unknown>>, format: FormatVector): string {
  let text = "";
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) text += `${text === "" ? "" : ","}${formatKey(key)}:${formatJson(value, format)}`;
  }
  return `{${text}}`;
}

function formatKey(key: string): string {
  return /^\w+$/.test(key) ? `"${key}"` : JSON.stringify(key);
}

function visitVectors(value: unknown, visit: (vector: Float32Array) => void): void {
  if (value instanceof Float32Array) return visit(value);
  if (isDeepList(value)) for (const item of value) visitVectors(item, visit);
  else if (isRecord(value) && !(value instanceof Uint8Array)) for (const key of Object.keys(value)) visitVectors(value[key], visit);
}

/** A list of objects or lists: in others nothing is to be found. */
function isDeepList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && typeof value[0] === "object";
}
