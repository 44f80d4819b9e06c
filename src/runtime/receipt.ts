// The receipt is the last file written into an extracted asset: where it is readable, the extraction was whole.
import { createReadStream } from "node:fs";
import { lstat, readFile, realpath, utimes } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { hasErrorCode } from "../errors.ts";
import type { AssetInfo, AssetState } from "./assets.ts";
import { isDenied, isMissing } from "./file-errors.ts";
import { RECEIPT_FILE } from "./layout.ts";

const ReceiptFileSchema = v.object({
  /** Relative to the asset's folder. */
  path: v.string(),
  sizeBytes: v.number(),
  sha256: v.string(),
  /** Whole seconds: image layers and archives cut the rest off. */
  mtimeSeconds: v.number(),
});
const ReceiptSchema = v.object({
  name: v.string(),
  version: v.string(),
  sha256: v.string(),
  files: v.pipe(v.array(ReceiptFileSchema), v.minLength(1)),
});

export type ReceiptFile = v.InferOutput<typeof ReceiptFileSchema>;
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

export interface CheckOptions {
  /** Read every byte; otherwise size and time, and bytes only where the time is another. */
  byHash: boolean;
}

/** True when `folder` holds the whole asset. Never repairs; other errors than absence and loops are thrown on. */
export async function isExtracted(folder: string, info: AssetInfo, options: CheckOptions): Promise<boolean> {
  const receipt = await findReceipt(folder);
  if (receipt?.sha256 !== info.sha256) return false;
  for (const file of receipt.files) {
    if (!(await isIntact(folder, file, options))) return false;
  }
  return true;
}

/** The same by hash, for a report: tells absent from damaged, and puts no time back. */
export async function inspectExtracted(folder: string, info: AssetInfo): Promise<AssetState> {
  if (!(await isThere(folder))) return "absent";
  const receipt = await findReceipt(folder);
  if (receipt?.sha256 !== info.sha256) return "damaged";
  for (const file of receipt.files) {
    const found = await findOwnFile(folder, file.path);
    if (found?.size !== file.sizeBytes || (await readSha256(join(folder, file.path))) !== file.sha256) return "damaged";
  }
  return "whole";
}

async function findReceipt(folder: string): Promise<Receipt | undefined> {
  if ((await findOwnFile(folder, RECEIPT_FILE)) === undefined) return undefined;
  try {
    const result = v.safeParse(ReceiptSchema, JSON.parse(await readFile(join(folder, RECEIPT_FILE), "utf8")));
    return result.success ? result.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined;
    throw error;
  }
}

async function isIntact(folder: string, file: ReceiptFile, { byHash }: CheckOptions): Promise<boolean> {
  const path = join(folder, file.path);
  const found = await findOwnFile(folder, file.path);
  if (found?.size !== file.sizeBytes) return false;
  const isSameTime = Math.floor(found.mtimeMs / 1000) === file.mtimeSeconds;
  if (isSameTime && !byHash) return true;
  if ((await readSha256(path)) !== file.sha256) return false;
  // A copied home has other times: put ours back, so that the next start need not hash.
  if (!isSameTime) await writeTime(path, file.mtimeSeconds);
  return true;
}

/** True for a link that leads nowhere, too. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** A regular file that lies below `folder` itself: what links to it elsewhere was not written by us, and may change. */
async function findOwnFile(folder: string, path: string) {
  try {
    const isOwn = (await realpath(join(folder, path))) === join(await realpath(folder), path);
    const found = isOwn ? await lstat(join(folder, path)) : undefined;
    return found?.isFile() ? found : undefined;
  } catch (error) {
    if (isMissing(error) || hasErrorCode(error, ["ELOOP"])) return undefined;
    throw error;
  }
}

async function writeTime(path: string, seconds: number): Promise<void> {
  try {
    await utimes(path, seconds, seconds);
  } catch (error) {
    // A read-only home keeps its times and is hashed at every start.
    if (!isDenied(error)) throw error;
  }
}

async function readSha256(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest("hex");
}
