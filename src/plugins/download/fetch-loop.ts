// What one connection does: takes the segment that is wanted next, from the source whose turn it is, until all are unpacked.
import { isRangeRefused } from "../../net/download-error.ts";
import type { Bell } from "./bell.ts";
import type { DownloadQueue, ReadySegment, Unit } from "./download-queue.ts";
import type { FetchCounter } from "./fetch-report.ts";
import { fetchSegment } from "./fetch-segment.ts";
import { fetchWholeWheel } from "./fetch-whole-wheel.ts";
import type { WantedSegment } from "./fetch-whole-wheel.ts";
import type { PartialFolder } from "./partial-folder.ts";
import type { OpenedWheel } from "./wheel-source.ts";
import type { SuppliedWheel, WheelSupply } from "./wheel-supply.ts";

export interface FetchLoopOptions {
  queue: DownloadQueue;
  /** By the wheel's file name. */
  supplies: ReadonlyMap<string, WheelSupply>;
  counter: FetchCounter;
  partials: PartialFolder;
  bell: Bell;
  signal: AbortSignal;
}

interface HttpTurn {
  supply: WheelSupply;
  turn: number;
  opened: Extract<OpenedWheel, { kind: "http" }>;
  hasAlternative: boolean;
}

export class FetchLoop {
  readonly #options: FetchLoopOptions;
  /** Segments under way, by wheel: a whole stream waits for them, because it must know what is wanted. */
  readonly #underWay = new Map<string, number>();
  /** Segments that this run has begun: what it finds of them later is not an earlier run's. */
  readonly #begun = new Set<string>();

  constructor(options: FetchLoopOptions) {
    this.#options = options;
  }

  /** One connection; call it as often as there should be connections. */
  async run(): Promise<void> {
    const { queue, bell, signal } = this.#options;
    while (!queue.isDone) {
      signal.throwIfAborted();
      const unit = queue.take(({ wheel }) => this.#isOpenTo(wheel.file));
      if (unit === undefined) await bell.wait();
      else await this.#fetchUnit(unit);
    }
  }

  /** A wheel that is streamed whole is asked once, when all else of it has come to an end. */
  #isOpenTo(file: string): boolean {
    return !this.#resolveSupply(file).isWhole || this.#countUnderWay(file) === 0;
  }

  async #fetchUnit(unit: Unit): Promise<void> {
    const { file } = unit.queued.item.wheel;
    const supply = this.#resolveSupply(file);
    this.#underWay.set(file, this.#countUnderWay(file) + 1);
    try {
      const { turn, opened, hasAlternative } = await this.#open(unit, supply);
      if (opened.kind === "file") return this.#takeLocal(unit, opened, turn);
      if (!supply.isWhole) return await this.#fetchRange(unit, { supply, turn, opened, hasAlternative });
      if (this.#countUnderWay(file) > 1) return this.#options.queue.putBack(unit);
      await this.#streamWheel(unit, { supply, turn, opened, hasAlternative });
    } finally {
      this.#underWay.set(file, this.#countUnderWay(file) - 1);
      this.#options.bell.ring();
    }
  }

  async #open(unit: Unit, supply: WheelSupply): Promise<SuppliedWheel> {
    try {
      return await supply.open();
    } catch (error) {
      this.#options.queue.putBack(unit);
      throw error;
    }
  }

  #takeLocal(unit: Unit, { path, offset = 0 }: Extract<OpenedWheel, { kind: "file" }>, turn: number): void {
    const { segment: { start, end }, queued: { item } } = unit;
    const { counter, queue } = this.#options;
    counter.report.localBytes += end - start;
    counter.move(item, end - start);
    queue.markReady(unit, { place: { path, offset: offset + start }, turn });
  }

  async #fetchRange(unit: Unit, { supply, turn, opened, hasAlternative }: HttpTurn): Promise<void> {
    const { counter, queue, signal, partials } = this.#options;
    const { segment, queued: { item } } = unit;
    const heldBytes = this.#readHeld(unit);
    let arrivedBytes = heldBytes;
    const onBytes = (count: number): void => {
      arrivedBytes += count;
      counter.addFetched(item.wheel, count);
      counter.move(item, count);
    };
    counter.move(item, heldBytes);
    try {
      const http = { ...opened.http, signal, hasAlternative };
      await fetchSegment(opened.url, { http, segment, partials, heldBytes, wheelBytes: item.wheel.sizeBytes, onBytes });
      queue.markReady(unit, this.#createReady(unit, heldBytes === 0 ? turn : undefined));
    } catch (error) {
      counter.move(item, -arrivedBytes);
      queue.putBack(unit);
      if (isRangeRefused(error)) supply.markWhole(turn);
      else supply.leave(turn, error);
    }
  }

  /** `unit` and all else that is wanted of its wheel. */
  async #streamWheel(unit: Unit, { supply, turn, opened, hasAlternative }: HttpTurn): Promise<void> {
    const { queue, counter, signal, partials } = this.#options;
    const left = new Set([unit, ...queue.takeWheel(unit.queued.item.wheel.file)]);
    const wanted = [...left].map((one) => this.#createWanted(one, turn, left));
    wanted.sort((one, other) => one.segment.start - other.segment.start);
    const onBytes = (count: number): void => counter.addFetched(unit.queued.item.wheel, count);
    try {
      await fetchWholeWheel(opened.url, { http: { ...opened.http, signal, hasAlternative }, wanted, partials, onBytes });
    } catch (error) {
      left.forEach((one) => queue.putBack(one));
      supply.leave(turn, error);
    }
  }

  #createWanted(unit: Unit, turn: number, left: Set<Unit>): WantedSegment {
    const { queue, counter, bell } = this.#options;
    const { segment, queued: { item } } = unit;
    const heldBytes = this.#readHeld(unit);
    const onReady = (): void => {
      left.delete(unit);
      counter.move(item, segment.end - segment.start);
      queue.markReady(unit, this.#createReady(unit, heldBytes === 0 ? turn : undefined));
      bell.ring();
    };
    return { segment, onReady };
  }

  #readHeld({ segment }: Unit): number {
    const { counter, partials } = this.#options;
    const heldBytes = partials.readHeldBytes(segment);
    if (!this.#begun.has(segment.name)) counter.report.heldBytes += heldBytes;
    this.#begun.add(segment.name);
    return heldBytes;
  }

  #countUnderWay(file: string): number {
    return this.#underWay.get(file) ?? 0;
  }

  /** `turn`: of the source that it is from alone. */
  #createReady({ segment }: Unit, turn: number | undefined): ReadySegment {
    return { place: { path: this.#options.partials.resolvePath(segment.name), offset: 0 }, turn };
  }

  #resolveSupply(file: string): WheelSupply {
    const supply = this.#options.supplies.get(file);
    if (supply === undefined) throw new TypeError(`There is no wheel "${file}"`);
    return supply;
  }
}
