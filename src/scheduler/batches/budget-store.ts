// What was learned of batches, kept between starts: a small file for each model on each engine of each build, because any of
// them changes the figures. A file that cannot be read counts as none.
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { BudgetRecord } from "./batch-budget.ts";

export interface BudgetStore {
  /** Of a model by its key; `undefined` when nothing is known, or the file is damaged. Never rejects. */
  read(key: string): Promise<BudgetRecord | undefined>;
  /** Atomic: whoever reads meanwhile finds the old record or the new one. Rejects when the disk refuses. */
  write(key: string, record: BudgetRecord): Promise<void>;
}

export interface BudgetStoreOptions {
  /** Made when it is not there. */
  folder: string;
  /** Of the engine and the machine: "build 1f2e onnxruntime 1.30.0 cpu 2 cores". */
  identity: () => string;
}

const VERSION = 1;
const Positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const RecordSchema = v.object({ version: v.literal(VERSION), maxTokens: Positive, runTokens: Positive });

export function createBudgetStore({ folder, identity }: BudgetStoreOptions): BudgetStore {
  const pathOf = (key: string): string => join(folder, `${Bun.hash(`${identity()}\n${key}`).toString(16).padStart(16, "0")}.json`);
  return {
    read: async (key) => {
      const text = await Bun.file(pathOf(key)).text().catch(() => "");
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RecordSchema), text);
      if (!parsed.success) return undefined;
      const { maxTokens, runTokens } = parsed.output;
      return { maxTokens, runTokens };
    },
    write: async (key, record) => {
      const path = pathOf(key);
      const temporary = `${path}.${process.pid}`;
      await mkdir(folder, { recursive: true });
      try {
        await Bun.write(temporary, JSON.stringify({ version: VERSION, ...record }));
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}
