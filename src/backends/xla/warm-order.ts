// Which buckets a model's texts came in, the most used first: kept between runs, so that a start compiles those first.
import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import type { BucketShape } from "./protocol.ts";

const Size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 20));
const OrderSchema = v.pipe(v.array(v.object({ batch: Size, length: Size })), v.maxLength(1000));

export const warmOrderFile = (folder: string, modelKey: string): string => join(folder, `${modelKey}.order.json`);

/** Empty where nothing readable is kept: the order is a hint. */
export function readWarmOrder(path: string): readonly BucketShape[] {
  try {
    // A pipe would never end.
    if (!lstatSync(path).isFile()) return [];
    const parsed = v.safeParse(OrderSchema, JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.output : [];
  } catch {
    // No file, or one that was cut: the order of a first start is good too.
    return [];
  }
}

/** Throws what the disk throws. */
export function writeWarmOrder(path: string, order: readonly BucketShape[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${randomUUID()}.part`;
  try {
    writeFileSync(part, JSON.stringify(order), { mode: 0o600 });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
