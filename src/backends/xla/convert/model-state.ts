// What all programs of one model share: the weights that they are called with, and what was computed from them once.
import type { HostTensor } from "../program.ts";
import { resolveCarrier } from "./data-type.ts";
import type { HostValue } from "./value.ts";

export interface ModelState {
  /** Every weight that a program was given so far, by name. Its bytes are made when they are asked for. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** Notes that a program takes this weight. */
  use(name: string, value: HostValue): void;
  /**
   * A value that is the same for every program: computed when it is asked for, kept until `release`. Dims and type are
   * known from the first time on.
   */
  derive(name: string, create: () => HostValue): HostValue;
  /** The value of that name that was derived before. */
  findDerived(name: string): HostValue | undefined;
  /** Gives up what was computed; a later use computes it again. */
  release(): void;
}

export function createModelState(): ModelState {
  const weights = new Map<string, HostTensor>();
  const derived = new Map<string, { value: HostValue; release: () => void }>();
  return {
    weights,
    use(name, value) {
      if (weights.has(name)) return;
      weights.set(name, { type: resolveCarrier(value.type), dims: value.dims, get bytes() { return value.bytes; } });
    },
    derive(name, create) {
      const known = derived.get(name);
      if (known !== undefined) return known.value;
      const lazy = createLazy(name, create);
      derived.set(name, lazy);
      return lazy.value;
    },
    findDerived: (name) => derived.get(name)?.value,
    release: () => derived.forEach(({ release }) => release()),
  };
}

/** `create` is called at once for type and dims, and again for the bytes after a release. */
function createLazy(name: string, create: () => HostValue): { value: HostValue; release: () => void } {
  const { type, dims, bytes } = create();
  let held: Uint8Array | undefined = bytes;
  const value: HostValue = {
    kind: "host", type, dims, weight: name,
    get bytes() { return (held ??= create().bytes); },
  };
  // Small ones are cheaper to keep than to make.
  const isLarge = bytes.length > 4096;
  return { value, release: () => { if (isLarge) held = undefined; } };
}

