// A native object that we must release: its address, good until it is closed.
import type { Address } from "../memory.ts";

export class Handle {
  readonly #what: string;
  readonly #destroy: (address: Address) => void;
  #address: Address | undefined;

  /** `what` is the object's name in the error of a use after `close`. */
  constructor(what: string, address: Address, destroy: (address: Address) => void) {
    this.#what = what;
    this.#address = address;
    this.#destroy = destroy;
  }

  get isClosed(): boolean {
    return this.#address === undefined;
  }

  /** Throws `TypeError` when closed. */
  get address(): Address {
    if (this.#address === undefined) throw new TypeError(`Cannot use a PJRT ${this.#what}: found it closed`);
    return this.#address;
  }

  /** Twice is fine. The object counts as gone also when the plugin refuses: nobody may destroy it again. */
  close(): void {
    const address = this.#address;
    this.#address = undefined;
    if (address !== undefined) this.#destroy(address);
  }
}
