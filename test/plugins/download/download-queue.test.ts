import { describe, expect, test } from "bun:test";
import type { PluginWheel } from "../../../src/plugins/catalog/lock.ts";
import { DownloadQueue } from "../../../src/plugins/download/download-queue.ts";
import type { Unit } from "../../../src/plugins/download/download-queue.ts";
import type { DownloadItem } from "../../../src/plugins/download/plan-items.ts";

const MEBIBYTE = 1024 * 1024;

function makeItem(name: string, count: number, isFirst = false): DownloadItem {
  const segments = Array.from({ length: count }, (_, index) => ({
    name: `${name}-${index}`, start: index * 8 * MEBIBYTE, end: (index + 1) * 8 * MEBIBYTE,
  }));
  const wheel: PluginWheel = { name, version: "1", file: `${name}.whl`, sizeBytes: 0, sha256: "", uploaded: "", licence: "", files: [] };
  return { wheel, files: [], segments, isFirst };
}

const PLACE = { place: { path: "", offset: 0 }, turn: 0 };

function takeAll(queue: DownloadQueue, most = 100, accepts: (item: DownloadItem) => boolean = () => true): Unit[] {
  const units: Unit[] = [];
  for (let unit = queue.take(accepts); unit !== undefined; unit = units.length < most ? queue.take(accepts) : undefined) units.push(unit);
  return units;
}

const names = (units: readonly Unit[]): string => units.map(({ segment }) => segment.name).join(" ");

describe("DownloadQueue", () => {
  test("take() gives all of the first file before anything else, then feeds the open items evenly", () => {
    const queue = new DownloadQueue([makeItem("lib", 2, true), makeItem("a", 3), makeItem("b", 2), makeItem("c", 1)], 2);
    expect(names(takeAll(queue))).toBe("lib-0 lib-1 a-0 b-0 a-1 b-1 c-0 a-2");
  });

  test("take() gives nothing more when enough is ready and not unpacked, but what an item waits for", () => {
    const queue = new DownloadQueue([makeItem("a", 20), makeItem("b", 2)], 1);
    const units = takeAll(queue, 6);
    for (const unit of units) queue.markReady(unit, PLACE);
    expect(names(takeAll(queue))).toBe("");
    for (const unit of units) queue.markUnpacked(unit);
    expect(names(takeAll(queue, 2))).toBe("a-6 a-7");
  });

  test("take() leaves out what is not accepted, and takeWheel() takes it whole in its order", () => {
    const queue = new DownloadQueue([makeItem("a", 3), makeItem("b", 1)], 2);
    expect(names(takeAll(queue, 9, ({ wheel }) => wheel.name !== "a"))).toBe("b-0");
    expect(names(queue.takeWheel("a.whl"))).toBe("a-0 a-1 a-2");
    expect(names(takeAll(queue))).toBe("");
  });

  test("putBack() makes a segment the next of its item", () => {
    const queue = new DownloadQueue([makeItem("a", 3)], 2);
    const [first] = takeAll(queue, 2);
    if (first === undefined) throw new Error("nothing was taken");
    queue.markReady(first, PLACE);
    queue.putBack(first);
    expect(queue.takeUnpackable()).toBeUndefined();
    expect(names(takeAll(queue))).toBe("a-0 a-2");
  });

  test("takeUnpackable() gives each item once, when its beginning is there", () => {
    const queue = new DownloadQueue([makeItem("a", 2), makeItem("b", 1)], 2);
    const [a0, b0, a1] = takeAll(queue);
    if (a0 === undefined || a1 === undefined || b0 === undefined) throw new Error("nothing was taken");
    queue.markReady(a1, PLACE);
    expect(queue.takeUnpackable()).toBeUndefined();
    queue.markReady(b0, PLACE);
    queue.markReady(a0, PLACE);
    expect(queue.takeUnpackable()?.item.wheel.name).toBe("a");
    expect(queue.takeUnpackable()?.item.wheel.name).toBe("b");
    expect(queue.takeUnpackable()).toBeUndefined();
    queue.markItemUnpacked();
    expect(queue.isDone).toBe(false);
    queue.markItemUnpacked();
    expect(queue.isDone).toBe(true);
  });
});
