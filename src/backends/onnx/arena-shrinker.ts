// Gives back what the environment's arena holds and no run uses. The library does that at the end of a run that asks for it,
// so there is a run of next to nothing for it.
import { createNativeBuffer } from "../../ffi/memory.ts";
import type { Address } from "../../ffi/memory.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import { registerArena, setShrinking } from "../../ffi/ort/arena.ts";
import { createRunOptions, createSessionFromBytes } from "../../ffi/ort/environment.ts";
import type { RunOptions } from "../../ffi/ort/environment.ts";
import { OrtSession } from "../../ffi/ort/session.ts";
import { readSmallModel } from "./small-model.ts";

/** Makes the environment's arena. What the first run takes of an arena is never given back: it is this one's. */
export function prepareArena(ort: Ort, environment: Address, memoryInfo: Address): void {
  registerArena(ort, environment);
  const first = new ArenaShrinker(ort, environment, memoryInfo);
  first.shrink();
  first.release();
}

export class ArenaShrinker {
  readonly #ort: Ort;
  readonly #address: Address;
  readonly #session: OrtSession;
  readonly #runOptions: RunOptions;

  constructor(ort: Ort, environment: Address, memoryInfo: Address) {
    this.#ort = ort;
    this.#address = createSessionFromBytes(ort, environment, readSmallModel(), { intraOpThreads: 1, sharesArena: true });
    this.#session = new OrtSession(ort, this.#address, memoryInfo);
    this.#runOptions = createRunOptions(ort);
    setShrinking(ort, this.#runOptions.address);
  }

  shrink(): void {
    const inputs = this.#session.inputs.map(() => ({ dtype: "float32", dims: [2, 2], buffer: createNativeBuffer(16) }) as const);
    this.#session.run(this.#runOptions.address, inputs, [0], () => undefined);
  }

  release(): void {
    this.#runOptions.release();
    this.#ort.functions.ReleaseSession(this.#address);
  }
}
